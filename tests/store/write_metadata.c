/* Makes files for test_metadata.py that h5py cannot: write_metadata KIND PATH, with libhdf5. */
#include <hdf5.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void must(int64_t result, const char *what)
{
    if (result >= 0) return;
    fprintf(stderr, "write_metadata: %s failed\n", what);
    exit(1);
}

static hid_t latest(void)
{
    hid_t access = H5Pcreate(H5P_FILE_ACCESS);
    must(H5Pset_libver_bounds(access, H5F_LIBVER_LATEST, H5F_LIBVER_LATEST), "libver");
    return access;
}

static void attribute(hid_t object, const char *name, hsize_t n, hid_t type)
{
    hid_t space = H5Screate_simple(1, &n, NULL);
    int *values = malloc(n * sizeof *values);
    for (hsize_t k = 0; k < n; k++) values[k] = (int)(k * 7 + strlen(name));
    hid_t id = H5Acreate2(object, name, type, space, H5P_DEFAULT, H5P_DEFAULT);
    must(id, "attribute");
    must(H5Awrite(id, H5T_NATIVE_INT, values), "attribute");
    free(values);
    must(H5Aclose(id), "close");
    must(H5Sclose(space), "close");
}

static void chunked(hid_t group, const char *name, hid_t type, hsize_t n)
{
    hsize_t shape[2] = {n, 10}, chunk[2] = {5, 5};
    int fill = 42;
    hid_t space = H5Screate_simple(2, shape, NULL), create = H5Pcreate(H5P_DATASET_CREATE);
    must(H5Pset_chunk(create, 2, chunk), "chunk");
    must(H5Pset_shuffle(create), "shuffle");
    must(H5Pset_deflate(create, 3), "deflate");
    must(H5Pset_fill_value(create, H5T_NATIVE_INT, &fill), "fill");
    hid_t id = H5Dcreate2(group, name, type, space, H5P_DEFAULT, create, H5P_DEFAULT);
    must(id, "dataset");
    attribute(id, "units", 3, type);
    attribute(id, "large", 40, H5T_STD_I32BE);
    must(H5Dclose(id), "close");
    must(H5Pclose(create), "close");
    must(H5Sclose(space), "close");
}

/* Messages shared in the file's heap: list (up to 50 messages) or B-tree indexes. */
static void shared(const char *path, unsigned list_max, int n)
{
    hid_t create = H5Pcreate(H5P_FILE_CREATE), access = latest();
    must(H5Pset_shared_mesg_nindexes(create, 3), "indexes");
    must(H5Pset_shared_mesg_index(create, 0, H5O_SHMESG_DTYPE_FLAG | H5O_SHMESG_SDSPACE_FLAG, 10),
         "index");
    must(H5Pset_shared_mesg_index(create, 1, H5O_SHMESG_ATTR_FLAG, 10), "index");
    must(H5Pset_shared_mesg_index(create, 2, H5O_SHMESG_FILL_FLAG | H5O_SHMESG_PLINE_FLAG, 10),
         "index");
    must(H5Pset_shared_mesg_phase_change(create, list_max, list_max ? list_max - 1 : 0), "phases");
    hid_t file = H5Fcreate(path, H5F_ACC_TRUNC, create, access);
    must(file, "file");
    hid_t type = H5Tcopy(H5T_STD_I64BE);
    for (int k = 0; k < n; k++) {
        char name[32];
        snprintf(name, sizeof name, "d%d", k);
        chunked(file, name, type, (hsize_t)(10 + k % 7));
    }
    hid_t group = H5Gcreate2(file, "many", H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
    for (int k = 0; k < n; k++) { /* dense, so that shared attributes are in an index */
        char name[32];
        snprintf(name, sizeof name, "attribute %d", k);
        attribute(group, name, 4, type);
    }
    must(H5Gclose(group), "close");
    must(H5Fclose(file), "close");
}

/* Groups whose heaps are filtered, with small and with huge links in them. */
static void filtered(const char *path)
{
    hid_t access = latest(), file = H5Fcreate(path, H5F_ACC_TRUNC, H5P_DEFAULT, access);
    hid_t create = H5Pcreate(H5P_GROUP_CREATE);
    must(file, "file");
    must(H5Pset_deflate(create, 6), "deflate"); /* others are for datasets alone */
    for (int many = 0; many < 2; many++) {
        hid_t group = H5Gcreate2(file, many ? "many" : "few", H5P_DEFAULT, create, H5P_DEFAULT);
        must(group, "filtered group");
        for (int k = 0; k < (many ? 20000 : 12); k++) {
            char name[32], target[9000];
            snprintf(name, sizeof name, "link %d", k);
            size_t n = k % 500 == 3 ? 8000 : 10;
            memset(target, 'x', n);
            target[n] = '\0';
            must(H5Lcreate_soft(target, group, name, H5P_DEFAULT, H5P_DEFAULT), "link");
        }
        must(H5Gclose(group), "close");
    }
    must(H5Fclose(file), "close");
}

/* As a process leaves a file that ends without closing it. */
static void left_open(const char *path)
{
    hid_t access = latest(), file = H5Fcreate(path, H5F_ACC_TRUNC, H5P_DEFAULT, access);
    must(file, "file");
    chunked(file, "d", H5T_STD_I32LE, 20);
    must(H5Fflush(file, H5F_SCOPE_GLOBAL), "flush");
    _exit(0);
}

static hid_t traverse(const char *name, hid_t group, const void *value, size_t n, hid_t access,
                      hid_t transfer)
{
    (void)name, (void)group, (void)value, (void)n, (void)access, (void)transfer;
    return -1;
}

static void user_links(const char *path)
{
    H5L_class_t class_ = {.version = H5L_LINK_CLASS_T_VERS, .id = (H5L_type_t)200};
    class_.comment = "test";
    class_.trav_func = traverse;
    hid_t file = H5Fcreate(path, H5F_ACC_TRUNC, H5P_DEFAULT, latest());
    must(file, "file");
    must(H5Lregister(&class_), "register");
    must(H5Lcreate_ud(file, "own", (H5L_type_t)200, "payload", 7, H5P_DEFAULT, H5P_DEFAULT),
         "link");
    must(H5Lcreate_soft("/nowhere", file, "soft", H5P_DEFAULT, H5P_DEFAULT), "link");
    must(H5Fclose(file), "close");
}

/* path has the %d of the members' numbers. */
static void family(const char *path, hsize_t member_bytes)
{
    hid_t access = H5Pcreate(H5P_FILE_ACCESS);
    must(H5Pset_fapl_family(access, member_bytes, H5P_DEFAULT), "family");
    hid_t file = H5Fcreate(path, H5F_ACC_TRUNC, H5P_DEFAULT, access);
    must(file, "file");
    for (int k = 0; k < 40; k++) {
        char name[32];
        snprintf(name, sizeof name, "d%d", k);
        chunked(file, name, H5T_STD_I32LE, 20);
    }
    hsize_t n = 100000;
    hid_t space = H5Screate_simple(1, &n, NULL);
    hid_t id =
        H5Dcreate2(file, "long", H5T_STD_I32LE, space, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
    int *values = malloc(n * sizeof *values);
    for (hsize_t k = 0; k < n; k++) values[k] = (int)(k * k);
    must(H5Dwrite(id, H5T_NATIVE_INT, H5S_ALL, H5S_ALL, H5P_DEFAULT, values), "write");
    free(values);
    must(H5Dclose(id), "close");
    must(H5Fclose(file), "close");
}

int main(int n, char **words)
{
    if (n != 3) return 2;
    const char *kind = words[1], *path = words[2];
    if (strcmp(kind, "shared-list") == 0)
        shared(path, 4000, 60);
    else if (strcmp(kind, "shared-btree") == 0)
        shared(path, 0, 300);
    else if (strcmp(kind, "filtered") == 0)
        filtered(path);
    else if (strcmp(kind, "left-open") == 0)
        left_open(path);
    else if (strcmp(kind, "user-links") == 0)
        user_links(path);
    else if (strcmp(kind, "family") == 0)
        family(path, 65536);
    else if (strcmp(kind, "family-odd") == 0)
        family(path, 50000);
    else
        return 2;
    return 0;
}
