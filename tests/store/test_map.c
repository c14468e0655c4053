/* Maps: files that are none, files that shrink while they are used, and other handlers of SIGBUS.
 */
#include "tests/chunk/cmocka_all.h"

#include "store/map.h"

#include <fcntl.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

enum { FILE_BYTES = 256 << 10 };

static char folder[] = "/tmp/shoal-test-map-XXXXXX";
static sigjmp_buf foreign_fault;
static struct sigaction library_action; /* cmocka puts its own in front in each test */

static char *path_of(const char *name)
{
    static char path[256];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    return path;
}

static char *make_file(const char *name, size_t n)
{
    char *path = path_of(name);
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    for (size_t k = 0; k < n; k++) fputc((int)(k * 7 % 251), file);
    assert_int_equal(fclose(file), 0);
    return path;
}

static uint8_t wanted(size_t k)
{
    return (uint8_t)(k * 7 % 251);
}

static void on_foreign_fault(int number)
{
    (void)number;
    siglongjmp(foreign_fault, 1);
}

static void use_library_handler(void)
{
    assert_int_equal(sigaction(SIGBUS, &library_action, NULL), 0);
}

static void refuses_what_is_no_file(void **state)
{
    (void)state;
    shoal_map *map = NULL;
    shoal_error err = {0};
    assert_int_equal(shoal_map_open(path_of("missing"), &map, &err), SHOAL_SYSTEM);
    assert_non_null(strstr(err.message, "missing: No such file"));
    assert_int_equal(shoal_map_open(folder, &map, &err), SHOAL_SYSTEM);
    assert_non_null(strstr(err.message, "is a directory"));
    assert_int_equal(mkfifo(path_of("pipe"), 0600), 0);
    assert_int_equal(shoal_map_open(path_of("pipe"), &map, &err), SHOAL_SYSTEM);
    assert_non_null(strstr(err.message, "not a regular file"));
    assert_null(map);
}

static void maps_an_empty_file(void **state)
{
    (void)state;
    shoal_map *map;
    uint8_t byte;
    assert_int_equal(shoal_map_open(make_file("empty", 0), &map, NULL), SHOAL_OK);
    assert_int_equal(shoal_map_size(map), 0);
    assert_int_equal(shoal_map_check(map, NULL), SHOAL_OK);
    assert_int_equal(shoal_map_pread(map, 0, &byte, 1, NULL), SHOAL_DATA);
    shoal_map_drop(map, 0, 100, true);
    shoal_map_close(map);
}

static void reads_and_drops(void **state)
{
    (void)state;
    shoal_map *map;
    uint8_t bytes[100];
    assert_int_equal(shoal_map_open(make_file("plain", FILE_BYTES), &map, NULL), SHOAL_OK);
    assert_int_equal(shoal_map_size(map), FILE_BYTES);
    for (int round = 0; round < 3; round++) {
        for (size_t k = 0; k < FILE_BYTES; k += 997)
            assert_int_equal(shoal_map_bytes(map)[k], wanted(k));
        shoal_map_drop(map, 4097, UINT64_MAX, round == 1);
    }
    assert_int_equal(shoal_map_pread(map, FILE_BYTES - 100, bytes, 100, NULL), SHOAL_OK);
    for (size_t k = 0; k < 100; k++) assert_int_equal(bytes[k], wanted(FILE_BYTES - 100 + k));
    assert_int_equal(shoal_map_pread(map, FILE_BYTES - 99, bytes, 100, NULL), SHOAL_DATA);
    assert_int_equal(shoal_map_pread(map, UINT64_MAX - 10, bytes, 100, NULL), SHOAL_DATA);
    shoal_map_close(map);
}

static bool is_resident(const uint8_t *page)
{
    unsigned char resident;
    assert_int_equal(mincore((void *)(uintptr_t)page, 1, &resident), 0);
    return resident & 1;
}

/* In files that tell, as mincore says it of a map of our own. */
static void tells_what_is_cached(void **state)
{
    (void)state;
    shoal_map *map;
    char *path = make_file("cached", FILE_BYTES);
    int fd = open(path, O_RDWR);
    assert_in_range(fd, 0, INT32_MAX);
    assert_int_equal(fsync(fd), 0);
    uint8_t *own = mmap(NULL, FILE_BYTES, PROT_READ, MAP_SHARED, fd, 0);
    assert_true(own != MAP_FAILED);
    assert_int_equal(shoal_map_open(path, &map, NULL), SHOAL_OK);
    bool tells = shoal_map_is_cached(map, 0);
    for (int round = 0; round < 2; round++) {
        for (size_t k = 0; k < FILE_BYTES; k += 4096)
            assert_int_equal(shoal_map_is_cached(map, k), tells && is_resident(own + k));
        shoal_map_drop(map, 8192, FILE_BYTES - 8192, true);
    }
    assert_false(shoal_map_is_cached(map, FILE_BYTES));
    assert_false(shoal_map_is_cached(map, UINT64_MAX));
    if (!tells) print_message("this file system does not tell what is cached\n");
    shoal_map_close(map);
    munmap(own, FILE_BYTES);
    close(fd);
}

static void survives_a_shrinking_file(void **state)
{
    (void)state;
    use_library_handler();
    shoal_error err = {0};
    shoal_map *map, *other;
    char *path = make_file("shrinking", FILE_BYTES);
    assert_int_equal(shoal_map_open(path, &map, NULL), SHOAL_OK);
    const volatile uint8_t *bytes = shoal_map_bytes(map);
    assert_int_equal(truncate(path, 5000), 0);
    assert_int_equal(bytes[4999], wanted(4999));
    assert_int_equal(bytes[FILE_BYTES - 1], 0);
    assert_int_equal(bytes[100000], 0);
    assert_int_equal(shoal_map_check(map, &err), SHOAL_SYSTEM);
    assert_non_null(strstr(err.message, "shrinking: shrank or could not be read"));
    shoal_map_drop(map, 0, FILE_BYTES, true);
    assert_int_equal(bytes[100001], 0);
    /* The next map, which may take the same slot, starts unmarked. */
    shoal_map_close(map);
    assert_int_equal(shoal_map_open(make_file("next", 100), &other, NULL), SHOAL_OK);
    assert_int_equal(shoal_map_check(other, NULL), SHOAL_OK);
    shoal_map_close(other);
}

/* Inside the last page nothing faults: the size tells. */
static void notices_a_cut_inside_the_last_page(void **state)
{
    (void)state;
    shoal_map *map;
    char *path = make_file("cut", 4000);
    assert_int_equal(shoal_map_open(path, &map, NULL), SHOAL_OK);
    assert_int_equal(truncate(path, 3999), 0);
    assert_int_equal(shoal_map_check(map, NULL), SHOAL_SYSTEM);
    shoal_map_close(map);
}

static void *read_all(void *user)
{
    const volatile uint8_t *bytes = user;
    unsigned sum = 0;
    for (int round = 0; round < 50; round++)
        for (size_t k = 0; k < FILE_BYTES; k += 512) sum += bytes[k];
    return sum ? user : NULL;
}

static void threads_may_fault_together(void **state)
{
    (void)state;
    use_library_handler();
    shoal_map *map;
    char *path = make_file("threads", FILE_BYTES);
    pthread_t thread[4];
    assert_int_equal(shoal_map_open(path, &map, NULL), SHOAL_OK);
    void *bytes = (void *)(uintptr_t)shoal_map_bytes(map);
    for (int k = 0; k < 4; k++)
        assert_int_equal(pthread_create(&thread[k], NULL, read_all, bytes), 0);
    assert_int_equal(truncate(path, 8192), 0);
    for (int k = 0; k < 4; k++) assert_int_equal(pthread_join(thread[k], NULL), 0);
    read_all(bytes);
    assert_int_equal(shoal_map_check(map, NULL), SHOAL_SYSTEM);
    shoal_map_close(map);
}

static void hands_on_faults_of_others(void **state)
{
    (void)state;
    use_library_handler();
    char *path = make_file("foreign", 3 * 4096);
    int fd = open(path, O_RDONLY);
    const volatile uint8_t *bytes = mmap(NULL, 3 * 4096, PROT_READ, MAP_SHARED, fd, 0);
    assert_ptr_not_equal(bytes, MAP_FAILED);
    assert_int_equal(truncate(path, 10), 0);
    bool reached = false;
    if (sigsetjmp(foreign_fault, 1) == 0)
        (void)bytes[8000];
    else
        reached = true;
    assert_true(reached);
    munmap((void *)(uintptr_t)bytes, 3 * 4096);
    close(fd);
}

static void has_a_limit_of_maps(void **state)
{
    (void)state;
    enum { MANY = 1100 };
    static shoal_map *map[MANY];
    shoal_error err = {0};
    char *path = make_file("many", 10);
    int n = 0;
    while (n < MANY && shoal_map_open(path, &map[n], &err) == SHOAL_OK) n++;
    assert_in_range(n, 500, MANY - 1); /* the limit of open files may come first */
    assert_int_equal(err.status, SHOAL_SYSTEM);
    for (int k = 0; k < n; k++) shoal_map_close(map[k]);
    assert_int_equal(shoal_map_open(path, &map[0], &err), SHOAL_OK);
    shoal_map_close(map[0]);
}

int main(void)
{
    /* Before the first map, so that ours is put in front of it. */
    struct sigaction action = {.sa_handler = on_foreign_fault};
    sigaction(SIGBUS, &action, NULL);
    if (!mkdtemp(folder)) return 1;
    shoal_map *first;
    if (shoal_map_open("/proc/self/exe", &first, NULL) != SHOAL_OK) return 1;
    shoal_map_close(first);
    sigaction(SIGBUS, NULL, &library_action);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(refuses_what_is_no_file),
        cmocka_unit_test(maps_an_empty_file),
        cmocka_unit_test(reads_and_drops),
        cmocka_unit_test(tells_what_is_cached),
        cmocka_unit_test(survives_a_shrinking_file),
        cmocka_unit_test(notices_a_cut_inside_the_last_page),
        cmocka_unit_test(threads_may_fault_together),
        cmocka_unit_test(hands_on_faults_of_others),
        cmocka_unit_test(has_a_limit_of_maps),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    static const char *const names[] = {"pipe", "empty",   "plain",   "shrinking", "next",
                                        "cut",  "threads", "foreign", "many",      "cached"};
    for (size_t k = 0; k < sizeof names / sizeof *names; k++) unlink(path_of(names[k]));
    rmdir(folder);
    return failed;
}
