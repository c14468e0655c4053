/* What of a stored type shoal reads, and as what. A view takes whole elements, or one member of
   compounds, to values of the type table. */
#ifndef SHOAL_STORE_VIEW_H
#define SHOAL_STORE_VIEW_H

#include "chunk/conversion.h"
#include "store/metadata/datatype.h"

typedef struct shoal_view {
    bool readable;
    char why_not[256]; /* one line when not readable */
    shoal_type type;   /* of what is read; elements of array types are several of it */
    /* Without a conversion the stored bytes are used as they lie, or (`swaps`) with the bytes of
       each value of `type` reversed. */
    bool swaps;
    shoal_conversion *conversion;
    int extra_rank; /* array types: axes behind the dataset's own */
    uint64_t extra_shape[SHOAL_MAX_RANK];
    bool is_variable;            /* of variable length: type.n_bytes is the text_bytes asked for */
    const shoal_datatype *value; /* the stored type of one value, inside what the view is of */
} shoal_view;

/* Makes the view of a type, or of a member of it: "a", or "a/b" inside a compound inside. Arrays on
   the way become extra axes. A member that does not exist is SHOAL_USAGE; a type that is not
   readable is not an error. What comes out:

     integers, bitfields   1 to 8 bytes of any precision, in the next wider integer type
     enumerations          bool where h5py has it, else their integers
     floats                float16, 32, 64 in either byte order; other formats as float32 where all
                           values are exact in it, else as float64, of which those that are not
                           exact fail in shoal_convert
     complex numbers       pairs of floats named r and i or real and imag, or of HDF5's own class
     fixed text            SHOAL_TEXT, the bytes as they lie, whatever the padding
     variable text         SHOAL_TEXT of text_bytes, padded with NUL. With text_bytes 0 the type has
                           0 bytes, and the conversion serves to find the longest text (
                           shoal_conversion_measure) for a second view
     sequences of numbers  as variable text: "[1, 2.5]", "[]"; real numbers only
     opaque                SHOAL_RECORD, the bytes as they lie
     compounds             SHOAL_RECORD: the members in declared order, as above, little-endian and
                           without gaps, arrays and compounds inside too

   Other sequences, references and times are not readable, nor compounds as a whole that have them
   or values of variable length inside, but the compounds' other members are. Clear it whatever the
   result. */
shoal_status shoal_view_make(const shoal_datatype *type, const char *member, uint32_t text_bytes,
                             shoal_view *out, shoal_error *err);
void shoal_view_clear(shoal_view *view);

/* The values of n stored elements, which have nothing of variable length, as a readable view takes
   them; in native byte order. SHOAL_DATA as in shoal_convert. */
shoal_status shoal_view_read(const shoal_view *view, const void *stored, size_t n, void *out,
                             shoal_error *err);

/* The columns of a compound: its members, those of compounds inside in their place. */
typedef struct shoal_view_column {
    char *name;   /* "a.b" */
    char *member; /* "a/b", for shoal_view_make */
    const shoal_datatype *type;
} shoal_view_column;

typedef struct shoal_view_columns {
    size_t n;
    shoal_view_column *column;
} shoal_view_columns;

/* None when the type is no compound or a complex number. Free them before the type. SHOAL_DATA when
   their names take more than 16 MiB. */
shoal_status shoal_view_columns_list(const shoal_datatype *type, shoal_view_columns *out,
                                     shoal_error *err);
void shoal_view_columns_free(shoal_view_columns *columns);

#endif
