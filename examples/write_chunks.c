/* Writes a two-dimensional dataset that h5py opens, part by part, with an attribute.
       write_chunks FILE
   makes /waves, float32 (1000, 2000); the file appears whole or not at all. */
#include <shoal/shoal.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum { ROWS = 1000, COLUMNS = 2000, ROWS_A_TIME = 250 };

int main(int argc, char **argv)
{
    shoal_error err = {0};
    shoal_writer *writer = NULL;
    shoal_dataset_spec spec = {.type = {SHOAL_FLOAT32, 4},
                               .rank = 2,
                               .shape = {ROWS, COLUMNS},
                               .chunk = {ROWS_A_TIME, 500},
                               .codec = "blosc:zstd:3"};
    float *part = malloc(sizeof *part * ROWS_A_TIME * COLUMNS);
    if (argc != 2 || !part) return SHOAL_USAGE;
    shoal_status status = shoal_writer_open(argv[1], SHOAL_OVERWRITE, &writer, &err);
    if (!status) status = shoal_writer_dataset(writer, "/waves", &spec, &err);
    for (int row = 0; row < ROWS && !status; row += ROWS_A_TIME) {
        for (int i = 0; i < ROWS_A_TIME; i++)
            for (int j = 0; j < COLUMNS; j++)
                part[i * COLUMNS + j] = sinf((float)(row + i) / 50) * cosf((float)j / 80);
        shoal_region region = {.rank = 2, .axis = {{row, 1, ROWS_A_TIME}, {0, 1, COLUMNS}}};
        status = shoal_writer_write(writer, "/waves", &region, part,
                                    sizeof *part * ROWS_A_TIME * COLUMNS, &err);
    }
    if (!status) status = shoal_writer_attribute_text(writer, "/waves", "units", "m", &err);
    if (status)
        shoal_writer_discard(writer);
    else
        status = shoal_writer_commit(writer, &err);
    if (status) fprintf(stderr, "write_chunks: %s\n", err.message);
    free(part);
    return (int)status;
}
