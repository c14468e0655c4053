"""The C library's structs and functions, as include/shoal/*.h declares them, for ctypes.

ctypes comes with Python, lets go of the interpreter's lock during each call, and takes callbacks
from any thread: nothing has to be compiled or installed. A test compares every size and place here
with the library's reviewed list."""
from __future__ import annotations

import ctypes
from ctypes import (CFUNCTYPE, POINTER, Structure, c_bool, c_char, c_char_p, c_double, c_int,
                    c_int64, c_size_t, c_uint8, c_uint32, c_uint64, c_void_p)
from typing import Any

MAX_RANK = 32
PerAxis = c_uint64 * MAX_RANK


class Error(Structure):
    _fields_ = [('status', c_int), ('column', c_int), ('message', c_char * 1024)]


class Type(Structure):
    _fields_ = [('code', c_int), ('n_bytes', c_uint32)]


class Range(Structure):
    _fields_ = [('start', c_int64), ('step', c_int64), ('count', c_uint64)]


class Region(Structure):
    _fields_ = [('rank', c_int), ('axis', Range * MAX_RANK)]


class Progress(Structure):
    _fields_ = [('done_bytes', c_uint64), ('total_bytes', c_uint64), ('phase', c_char_p)]


ProgressFunction = CFUNCTYPE(c_int, c_void_p, POINTER(Progress))


class RunOptions(Structure):
    _fields_ = [('n_threads', c_int), ('memory_limit', c_uint64), ('tmpdir', c_char_p),
                ('progress', ProgressFunction), ('user', c_void_p)]


class Object(Structure):
    _fields_ = [('path', c_char_p), ('kind', c_int), ('depth', c_int)]


ObjectFunction = CFUNCTYPE(c_int, c_void_p, POINTER(Object))


class Attribute(Structure):
    _fields_ = [('name', c_char_p), ('type', c_char_p), ('text', c_char_p), ('json', c_char_p)]


AttributeFunction = CFUNCTYPE(c_int, c_void_p, POINTER(Attribute))


class DatasetInfo(Structure):
    _fields_ = [('readable', c_bool), ('why_not', c_char_p), ('type', Type),
                ('stored_type', c_char_p), ('rank', c_int), ('shape', PerAxis),
                ('max_shape', PerAxis), ('layout', c_char_p), ('chunk', PerAxis),
                ('n_chunks', c_uint64), ('n_chunks_stored', c_uint64), ('raw_bytes', c_uint64),
                ('stored_bytes', c_uint64), ('filters', c_char_p), ('fill', c_char_p),
                ('dimensions', c_char_p * MAX_RANK), ('index', c_char_p), ('units', c_char_p),
                ('coding', c_char_p), ('decoded', Type)]


class AxisInfo(Structure):
    _fields_ = [('name', c_char * 256), ('coordinate', c_char * 1024), ('units', c_char * 128),
                ('calendar', c_char * 32), ('is_time', c_bool), ('first', c_char * 64),
                ('last', c_char * 64)]


class Statistics(Structure):
    _fields_ = [('n_chunks', c_uint64), ('n_chunks_known', c_uint64), ('n_elements', c_uint64),
                ('n_nan', c_uint64), ('has_extremes', c_bool), ('has_sum', c_bool),
                ('least', c_uint8 * 8), ('greatest', c_uint8 * 8), ('sum', c_char * 64)]


class DatasetSpec(Structure):
    _fields_ = [('type', Type), ('rank', c_int), ('shape', PerAxis), ('chunk', PerAxis),
                ('unlimited', c_uint64), ('codec', c_char_p), ('fill', c_void_p),
                ('replace', c_bool), ('contiguous', c_bool)]


class ColumnType(Structure):
    _fields_ = [('column', c_char_p), ('type', c_char_p)]


class IngestParams(Structure):
    _fields_ = [('sources', POINTER(c_char_p)), ('n_sources', c_size_t), ('output', c_char_p),
                ('format', c_int), ('overwrite', c_bool), ('append', c_bool),
                ('storage', DatasetSpec), ('delimiter', c_char), ('no_header', c_bool),
                ('column_types', POINTER(ColumnType)), ('n_column_types', c_size_t),
                ('missing', POINTER(c_char_p)), ('n_missing', c_size_t), ('no_summaries', c_bool)]


class IngestResult(Structure):
    _fields_ = [('n_rows', c_uint64), ('n_columns', c_uint64), ('raw_bytes', c_uint64),
                ('stored_bytes', c_uint64), ('seconds', c_double)]


class ExportParams(Structure):
    _fields_ = [('source', c_char_p), ('output', c_char_p), ('format', c_int),
                ('overwrite', c_bool), ('raw', c_bool)]


class Finding(Structure):
    _fields_ = [('path', c_char_p), ('damaged', c_bool), ('chunk', c_uint64),
                ('message', c_char_p)]


FindingFunction = CFUNCTYPE(c_int, c_void_p, POINTER(Finding))


class VerifyParams(Structure):
    _fields_ = [('source', c_char_p), ('found', FindingFunction), ('user', c_void_p)]


class VerifyResult(Structure):
    _fields_ = [(name, c_uint64) for name in
                ('n_objects', 'n_datasets', 'n_attributes', 'n_chunks', 'n_damaged',
                 'n_not_checked', 'raw_bytes')]


class Array(Structure):
    _fields_ = [('data', c_void_p), ('type', Type), ('rank', c_int), ('shape', PerAxis),
                ('strides', POINTER(c_int64))]


class Input(Structure):
    _fields_ = [('name', c_char_p), ('source', c_char_p), ('array', POINTER(Array))]


class KernelCall(Structure):
    """What each call of a kernel is told: for kernels that are written in Python."""

    _fields_ = [('user', c_void_p), ('parameters', POINTER(c_double)), ('scratch', c_void_p),
                ('scratch_bytes', c_size_t), ('message', c_void_p), ('message_bytes', c_size_t),
                ('rank', c_uint32), ('shape', POINTER(c_uint64)), ('start', POINTER(c_uint64)),
                ('count', POINTER(c_uint64)), ('index', c_uint64), ('strides', POINTER(c_int64)),
                ('lengths', POINTER(c_uint64)), ('out_lengths', POINTER(c_uint64))]


class KernelParameter(Structure):
    _fields_ = [('name', c_char_p), ('value', c_double), ('is_needed', c_uint32),
                ('is_whole', c_uint32)]


class KernelSpec(Structure):
    _fields_ = [('name', c_char_p), ('doc', c_char_p), ('kind', c_uint32),
                ('n_parameters', c_uint32), ('parameters', POINTER(KernelParameter)),
                ('types', c_char_p), ('arguments', c_char_p), ('user', c_void_p),
                ('scratch_bytes', c_size_t), ('scratch', c_void_p), ('elements', c_void_p),
                ('state_bytes', c_size_t), ('init', c_void_p), ('step', c_void_p),
                ('merge', c_void_p), ('finish', c_void_p), ('length', c_void_p),
                ('line', c_void_p), ('before', c_uint64), ('after', c_uint64),
                ('halo', c_void_p), ('stencil', c_void_p)]


class CalcParams(Structure):
    _fields_ = [('expressions', c_char_p), ('inputs', POINTER(Input)), ('n_inputs', c_size_t),
                ('output', c_char_p), ('overwrite', c_bool), ('storage', DatasetSpec),
                ('raw', c_bool), ('no_summaries', c_bool), ('kernels', POINTER(KernelSpec)),
                ('n_kernels', c_size_t), ('kernel_files', POINTER(c_char_p)),
                ('n_kernel_files', c_size_t), ('exact', c_bool)]


class Result(Structure):
    _fields_ = [('name', c_char_p), ('type', Type), ('rank', c_int), ('shape', PerAxis),
                ('data', c_void_p)]


class Function(Structure):
    _fields_ = [('family', c_char_p), ('doc', c_char_p), ('signature', c_char * 112),
                ('aliases', c_char * 112), ('typed', c_bool), ('result', c_char * 16 * 4)]


FunctionFunction = CFUNCTYPE(c_int, c_void_p, POINTER(Function))

Out = POINTER(c_void_p)
Failure = POINTER(Error)
Options = POINTER(RunOptions)

# name: arguments of the functions that return a status. The error at the end is put there below.
STATUS_FUNCTIONS: dict[str, list[Any]] = {
    'shoal_file_open': [c_char_p, Out],
    'shoal_file_visit': [c_void_p, c_char_p, ObjectFunction, c_void_p],
    'shoal_attribute_visit': [c_void_p, c_char_p, AttributeFunction, c_void_p],
    'shoal_dataset_open': [c_void_p, c_char_p, Out],
    'shoal_dataset_describe': [c_void_p, POINTER(DatasetInfo)],
    'shoal_dataset_axis': [c_void_p, c_int, POINTER(AxisInfo)],
    'shoal_dataset_statistics': [c_void_p, POINTER(Statistics)],
    'shoal_read': [c_void_p, POINTER(Region), c_void_p, c_size_t, Options],
    'shoal_writer_open': [c_char_p, c_int, Out],
    'shoal_writer_commit': [c_void_p],
    'shoal_writer_dataset': [c_void_p, c_char_p, POINTER(DatasetSpec)],
    'shoal_writer_group': [c_void_p, c_char_p],
    'shoal_writer_write': [c_void_p, c_char_p, POINTER(Region), c_void_p, c_size_t],
    'shoal_writer_extend': [c_void_p, c_char_p, POINTER(c_uint64)],
    'shoal_writer_attribute_text': [c_void_p, c_char_p, c_char_p, c_char_p],
    'shoal_writer_attribute_numbers': [c_void_p, c_char_p, c_char_p, Type, c_size_t, c_bool,
                                       c_void_p],
    'shoal_writer_dimension': [c_void_p, c_char_p, c_int, c_char_p, c_char_p],
    'shoal_ingest': [POINTER(IngestParams), Options, POINTER(IngestResult)],
    'shoal_export': [POINTER(ExportParams), Options],
    'shoal_verify': [POINTER(VerifyParams), Options, POINTER(VerifyResult)],
    'shoal_kernel_file_visit': [c_char_p, FunctionFunction, c_void_p],
    'shoal_plan_make': [POINTER(CalcParams), Options, Out],
    'shoal_plan_run': [c_void_p],
    'shoal_plan_result': [c_void_p, c_size_t, POINTER(Result)],
}

# name: (what it returns, arguments)
OTHER_FUNCTIONS: dict[str, tuple[Any, list[Any]]] = {
    'shoal_version': (c_char_p, []),
    'shoal_file_close': (None, [c_void_p]),
    'shoal_dataset_close': (None, [c_void_p]),
    'shoal_writer_discard': (None, [c_void_p]),
    'shoal_codec_default': (c_char_p, []),
    'shoal_type_parse': (c_bool, [c_char_p, POINTER(Type)]),
    'shoal_plan_describe': (c_char_p, [c_void_p, c_bool]),
    'shoal_plan_warnings': (c_char_p, [c_void_p]),
    'shoal_plan_result_high': (c_void_p, [c_void_p, c_size_t]),
    'shoal_plan_memory': (c_uint64, [c_void_p]),
    'shoal_plan_free': (None, [c_void_p]),
    'shoal_plan_n_results': (c_size_t, [c_void_p]),
    'shoal_function_get': (c_bool, [c_size_t, POINTER(Function)]),
}


def declare(library: ctypes.CDLL) -> None:
    """Tells ctypes the types of all functions."""
    for name, arguments in STATUS_FUNCTIONS.items():
        function = getattr(library, name)
        function.restype, function.argtypes = c_int, [*arguments, Failure]
    for name, (result, arguments) in OTHER_FUNCTIONS.items():
        function = getattr(library, name)
        function.restype, function.argtypes = result, arguments
