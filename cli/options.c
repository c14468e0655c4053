#include "cli/options.h"

#include "cli/message.h"
#include "cli/value.h"
#include "cli/verb.h"

#include <getopt.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_OPTIONS = 64, FIRST_LONG = 256, MOST_THREADS = 4096 };

static const shoal_cli_option common_option[] = {
    {"help", 'h', SHOAL_CLI_FLAG, offsetof(shoal_cli_common, help)},
    {"version", 0, SHOAL_CLI_FLAG, offsetof(shoal_cli_common, version)},
    {"threads", 'j', SHOAL_CLI_COUNT, offsetof(shoal_cli_common, n_threads)},
    {"memory", 'm', SHOAL_CLI_SIZE, offsetof(shoal_cli_common, memory)},
    {"tmpdir", 0, SHOAL_CLI_TEXT, offsetof(shoal_cli_common, tmpdir)},
    {"dry-run", 'n', SHOAL_CLI_FLAG, offsetof(shoal_cli_common, dry_run)},
    {"json", 0, SHOAL_CLI_FLAG, offsetof(shoal_cli_common, json)},
    {"quiet", 'q', SHOAL_CLI_FLAG, offsetof(shoal_cli_common, quiet)},
    {"force", 'f', SHOAL_CLI_FLAG, offsetof(shoal_cli_common, force)},
};
enum { N_COMMON = sizeof common_option / sizeof common_option[0] };

const char shoal_cli_common_help[] =
    "Options of every command:\n"
    "  -j, --threads=N      use N threads; as many as there are processors by default\n"
    "  -m, --memory=SIZE    never use more memory for data than SIZE: bytes, or 512M, 1.5G, ...\n"
    "                       (K, M, G, T count by 1024); a quarter of what is free by default\n"
    "      --tmpdir=DIR     put temporary data there; $TMPDIR or /tmp by default\n"
    "  -n, --dry-run        say what would be done, and do nothing\n"
    "      --json           print results as JSON\n"
    "  -q, --quiet          no progress, no messages but errors\n"
    "  -f, --force          replace what exists\n"
    "  -h, --help           print this text\n"
    "      --version        print the version\n";

/* The options of one verb as getopt_long wants them. */
typedef struct option_set {
    const shoal_cli_option *known[MOST_OPTIONS];
    struct option longs[MOST_OPTIONS + 1];
    char letters[2 * MOST_OPTIONS + 2];
    int n;
} option_set;

static bool takes_value(const shoal_cli_option *option)
{
    return option->kind != SHOAL_CLI_FLAG;
}

static void add_options(option_set *set, const shoal_cli_option *option, size_t n)
{
    for (size_t k = 0; k < n && set->n < MOST_OPTIONS; k++, set->n++) {
        set->known[set->n] = &option[k];
        set->longs[set->n] = (struct option){
            option[k].name, takes_value(&option[k]) ? required_argument : no_argument, NULL,
            FIRST_LONG + set->n};
        if (option[k].letter == 0) continue;
        char *end = set->letters + strlen(set->letters);
        *end++ = option[k].letter;
        if (takes_value(&option[k])) *end = ':';
    }
}

static void make_set(const shoal_cli_verb *verb, option_set *set)
{
    *set = (option_set){0};
    set->letters[0] = ':'; /* a missing value is reported apart from an unknown option */
    add_options(set, common_option, N_COMMON);
    add_options(set, verb->option, verb->n_options);
}

static const shoal_cli_option *find_option(const option_set *set, int found)
{
    if (found >= FIRST_LONG && found < FIRST_LONG + set->n) return set->known[found - FIRST_LONG];
    for (int k = 0; k < set->n; k++)
        if (set->known[k]->letter != 0 && set->known[k]->letter == found) return set->known[k];
    return NULL;
}

static shoal_status add_to_list(shoal_cli_list *list, const char *text, shoal_error *err)
{
    const char **item = realloc(list->item, (list->n + 1) * sizeof *item);
    if (item == NULL) return shoal_cli_fail(err, SHOAL_SYSTEM, "out of memory");
    item[list->n++] = text;
    list->item = item;
    return SHOAL_OK;
}

static shoal_status set_value(const shoal_cli_option *option, const char *text,
                              shoal_cli_common *values, shoal_error *err)
{
    void *value = (char *)values + option->offset;
    uint64_t count = 0;
    switch (option->kind) {
    case SHOAL_CLI_FLAG: *(bool *)value = true; return SHOAL_OK;
    case SHOAL_CLI_TEXT: *(const char **)value = text; return SHOAL_OK;
    case SHOAL_CLI_LIST: return add_to_list(value, text, err);
    case SHOAL_CLI_COUNT:
        if (!shoal_cli_read_count(text, MOST_THREADS, &count) || count == 0)
            return shoal_cli_fail_usage(err, values->verb,
                                        "--%s needs a number from 1 to %d, "
                                        "not '%s'",
                                        option->name, MOST_THREADS, text);
        *(int *)value = (int)count;
        return SHOAL_OK;
    case SHOAL_CLI_SIZE:
        if (!shoal_cli_read_size(text, value) || *(uint64_t *)value == 0)
            return shoal_cli_fail_usage(err, values->verb,
                                        "--%s needs a size such as 512M or "
                                        "1.5G, not '%s'",
                                        option->name, text);
        return SHOAL_OK;
    }
    return SHOAL_OK;
}

static shoal_status unknown_long(const option_set *set, const char *verb, const char *word,
                                 shoal_error *err)
{
    char name[64];
    const char *candidate[MOST_OPTIONS];
    for (int k = 0; k < set->n; k++) candidate[k] = set->known[k]->name;
    size_t n = strcspn(word + 2, "=");
    if (n >= sizeof name) n = sizeof name - 1;
    memcpy(name, word + 2, n);
    name[n] = 0;
    const char *nearest = shoal_cli_nearest(name, candidate, (size_t)set->n);
    if (nearest == NULL) return shoal_cli_fail_usage(err, verb, "unknown option '--%s'", name);
    return shoal_cli_fail_usage(err, verb, "unknown option '--%s'; did you mean '--%s'?", name,
                                nearest);
}

/* `found` is what getopt_long returned: '?' or ':'. */
static shoal_status bad_option(const option_set *set, const char *verb, int found, char **argv,
                               shoal_error *err)
{
    const shoal_cli_option *option = find_option(set, optopt);
    if (option != NULL && found == ':')
        return shoal_cli_fail_usage(
            err, verb, "option '%s%s' needs a value", optopt >= FIRST_LONG ? "--" : "-",
            optopt >= FIRST_LONG ? option->name : (char[]){option->letter, 0});
    if (option != NULL)
        return shoal_cli_fail_usage(err, verb, "option '--%s' takes no value", option->name);
    if (optopt == 0) return unknown_long(set, verb, argv[optind - 1], err);
    char letter[2] = {(char)optopt, 0};
    return shoal_cli_fail_usage(err, verb,
                                "unknown option '-%s'; what begins with '-' and is no "
                                "option goes after '--'",
                                letter);
}

shoal_status shoal_cli_parse(const shoal_cli_verb *verb, int argc, char **argv,
                             shoal_cli_common *values, shoal_error *err)
{
    option_set set;
    make_set(verb, &set);
    values->verb = verb->name;
    opterr = 0;
    int found;
    while ((found = getopt_long(argc, argv, set.letters, set.longs, NULL)) != -1) {
        if (found == '?' || found == ':') return bad_option(&set, verb->name, found, argv, err);
        shoal_status status = set_value(find_option(&set, found), optarg, values, err);
        if (status != SHOAL_OK) return status;
    }
    values->operand = argv + optind;
    values->n_operands = (size_t)(argc - optind);
    return SHOAL_OK;
}

void shoal_cli_values_clear(const shoal_cli_verb *verb, shoal_cli_common *values)
{
    for (size_t k = 0; k < verb->n_options; k++) {
        if (verb->option[k].kind != SHOAL_CLI_LIST) continue;
        shoal_cli_list *list = (void *)((char *)values + verb->option[k].offset);
        free(list->item);
        *list = (shoal_cli_list){0};
    }
}

shoal_status shoal_cli_need_operands(const shoal_cli_common *common, size_t least, size_t most,
                                     const char *what, shoal_error *err)
{
    if (common->n_operands < least)
        return shoal_cli_fail_usage(err, common->verb, "%s is missing", what);
    if (common->n_operands > most)
        return shoal_cli_fail_usage(err, common->verb, "one operand too many: '%s'",
                                    common->operand[most]);
    for (size_t k = 0; k < common->n_operands; k++)
        if (common->operand[k][0] == 0)
            return shoal_cli_fail_usage(err, common->verb, "an operand is empty");
    return SHOAL_OK;
}
