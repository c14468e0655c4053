/* Answers one line for each line of standard input, for test_cf_time.py:
       T units calendar value     (tab-separated)  ->  a date's text, or "none"
       P calendar text                             ->  the period's begin and end, or "none" */
#include "store/cf_time.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void show_time(char **word)
{
    shoal_cf_time time;
    char text[SHOAL_CF_TIME_TEXT] = "none";
    if (shoal_cf_time_parse(word[1], word[2], &time))
        shoal_cf_time_text(time.calendar, shoal_cf_time_instant(&time, strtold(word[3], NULL)),
                           text);
    puts(text);
}

static void show_period(char **word)
{
    shoal_cf_time time;
    int64_t begin, end;
    if (shoal_cf_time_parse("days since 1970-01-01", word[1], &time) &&
        shoal_cf_period(time.calendar, word[2], &begin, &end))
        printf("%" PRId64 " %" PRId64 "\n", begin - time.epoch, end - time.epoch);
    else
        puts("none");
}

int main(void)
{
    static char line[4096];
    while (fgets(line, sizeof line, stdin)) {
        char none[1] = "", *word[4] = {none, none, none, none}, *save = line;
        line[strcspn(line, "\n")] = 0;
        for (int k = 0; k < 4 && save; k++) word[k] = strsep(&save, "\t");
        if (word[0][0] == 'T')
            show_time(word);
        else
            show_period(word);
    }
    return 0;
}
