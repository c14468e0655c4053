/* ingest_contiguous SOURCE OUTPUT: ingests without chunks, which the command line does not offer.
 */
#include <shoal/shoal.h>

#include <stdio.h>

int main(int argc, char **argv)
{
    if (argc != 3) return 2;
    const char *sources[] = {argv[1]};
    shoal_ingest_params params = {
        .sources = sources, .n_sources = 1, .output = argv[2], .storage.contiguous = true};
    shoal_error err = {0};
    shoal_status status = shoal_ingest(&params, NULL, NULL, &err);
    if (status) fprintf(stderr, "%s\n", err.message);
    return (int)status;
}
