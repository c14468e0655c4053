/* Every function and variable of libhdf5 that is used, and the table of where they are. The library
   is not linked: it brings some forty others, whose loading takes longer than many a command's
   work, and only writing and foreign filters need it (store/hdf5_load.h). Included by
   store/hdf5_library.[ch] alone. */
#ifndef SHOAL_STORE_HDF5_NAMES_H
#define SHOAL_STORE_HDF5_NAMES_H

#include <hdf5.h>
#include <hdf5_hl.h>

/* clang-format off */
#define SHOAL_HDF5_NAMES(X) \
    X(H5Aclose) X(H5Acreate2) X(H5Adelete) X(H5Aexists) X(H5Awrite) X(H5DSattach_scale) \
    X(H5DSis_attached) X(H5DSis_scale) X(H5DSiterate_scales) X(H5DSset_scale) X(H5Dclose) \
    X(H5Dcreate2) X(H5Dcreate_anon) X(H5Dget_chunk_storage_size) X(H5Dget_create_plist) \
    X(H5Dget_space) X(H5Dget_type) X(H5Dopen2) X(H5Dread) X(H5Dread_chunk) X(H5Dset_extent) \
    X(H5Dvlen_reclaim) X(H5Dwrite) X(H5Dwrite_chunk) X(H5E_ERR_CLS_g) X(H5E_IO_g) X(H5E_READERROR_g) \
    X(H5E_WRITEERROR_g) X(H5Eauto_is_v2) X(H5Eget_auto1) X(H5Eget_auto2) X(H5Eget_num) \
    X(H5Epush2) X(H5Eset_auto1) X(H5Eset_auto2) X(H5Ewalk2) X(H5FDregister) X(H5FDunregister) \
    X(H5Fclose) X(H5Fcreate) X(H5Fflush) X(H5Fopen) X(H5Gclose) X(H5Gcreate2) X(H5Gopen2) \
    X(H5Iget_name) X(H5Iget_type) X(H5Ldelete) X(H5Lexists) X(H5Oclose) X(H5Odecr_refcount) \
    X(H5Oget_comment) X(H5Oget_info2) X(H5Oget_info_by_name2) X(H5Oincr_refcount) X(H5Oopen) \
    X(H5Oopen_by_addr) X(H5Oset_comment) X(H5PLget) X(H5PLget_loading_state) X(H5PLsize) \
    X(H5P_CLS_ATTRIBUTE_CREATE_ID_g) X(H5P_CLS_DATASET_ACCESS_ID_g) \
    X(H5P_CLS_DATASET_CREATE_ID_g) X(H5P_CLS_FILE_ACCESS_ID_g) X(H5P_CLS_FILE_CREATE_ID_g) \
    X(H5P_CLS_GROUP_CREATE_ID_g) X(H5P_CLS_LINK_CREATE_ID_g) X(H5Pclose) X(H5Pcreate) \
    X(H5Pfill_value_defined) X(H5Pget_chunk) X(H5Pget_chunk_opts) X(H5Pget_driver_info) \
    X(H5Pget_fill_value) X(H5Pget_filter2) X(H5Pget_filter_by_id2) X(H5Pget_layout) \
    X(H5Pget_nfilters) X(H5Pmodify_filter) X(H5Pset_alignment) X(H5Pset_alloc_time) \
    X(H5Pset_char_encoding) X(H5Pset_chunk) X(H5Pset_chunk_cache) X(H5Pset_driver) \
    X(H5Pset_fill_time) X(H5Pset_fill_value) X(H5Pset_filter) X(H5Pset_libver_bounds) \
    X(H5Pset_obj_track_times) X(H5Sclose) X(H5Screate) X(H5Screate_simple) \
    X(H5Sget_simple_extent_dims) X(H5Sget_simple_extent_npoints) X(H5Sget_simple_extent_type) \
    X(H5Sselect_hyperslab) X(H5T_C_S1_g) X(H5T_IEEE_F32LE_g) X(H5T_IEEE_F64LE_g) \
    X(H5T_NATIVE_UINT8_g) X(H5T_STD_I16LE_g) X(H5T_STD_I32LE_g) X(H5T_STD_I64LE_g) \
    X(H5T_STD_I8LE_g) X(H5T_STD_U16LE_g) X(H5T_STD_U32LE_g) X(H5T_STD_U64LE_g) X(H5T_STD_U8LE_g) \
    X(H5Tarray_create2) X(H5Tclose) X(H5Tcopy) X(H5Tcreate) X(H5Tenum_create) X(H5Tenum_insert) \
    X(H5Tequal) X(H5Tget_class) X(H5Tget_member_name) X(H5Tget_member_offset) \
    X(H5Tget_member_type) X(H5Tget_member_value) X(H5Tget_nmembers) X(H5Tget_offset) \
    X(H5Tget_order) X(H5Tget_precision) X(H5Tget_sign) X(H5Tget_size) X(H5Tget_strpad) \
    X(H5Tget_super) X(H5Tinsert) X(H5Tis_variable_str) X(H5Tset_cset) X(H5Tset_ebias) \
    X(H5Tset_fields) X(H5Tset_offset) X(H5Tset_order) X(H5Tset_precision) X(H5Tset_sign) \
    X(H5Tset_size) X(H5Tset_strpad) X(H5Zregister) X(H5allocate_memory) X(H5free_memory) \
    X(H5get_libversion) X(H5open)
/* clang-format on */

typedef struct shoal_hdf5_table {
#define X(name) __typeof__(name) *name;
    SHOAL_HDF5_NAMES(X)
#undef X
} shoal_hdf5_table;

extern shoal_hdf5_table shoal_hdf5; /* empty until shoal_hdf5_load */

#endif
