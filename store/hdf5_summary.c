/* A companion is a dataset without a name, kept alive by its count of links; a comment of the
   dataset that it belongs to has its address. Listings and other readers do not see either. */
#include "store/hdf5_summary.h"

#include "chunk/error.h"
#include "store/hdf5_lock.h"
#include "store/lookup3.h"

#include <stdlib.h>
#include <string.h>

/* ---- What is kept ---- */

bool shoal_sink_summarises(const shoal_sink *sink)
{
    return sink->kept.most > 0;
}

void shoal_sink_forget_chunk(shoal_sink *sink, uint64_t chunk_id)
{
    if (chunk_id < sink->kept.n) sink->kept.chunk[chunk_id].flags = 0;
}

void shoal_sink_forget_region(shoal_sink *sink, const shoal_region *region)
{
    shoal_pieces it;
    shoal_piece piece;
    if (sink->kept.n == 0) return;
    for (shoal_pieces_begin(&it, &sink->grid, region); shoal_pieces_next(&it, &piece);)
        shoal_sink_forget_chunk(sink, piece.chunk_id);
}

void shoal_sink_summarise_none(shoal_sink *sink)
{
    free(sink->kept.chunk);
    sink->kept.chunk = NULL;
    sink->kept.n = sink->kept.most = 0;
}

/* Room for the records of chunks below n, zeros where nothing is kept. */
static bool make_room(shoal_sink *sink, uint64_t n)
{
    if (n <= sink->kept.n) return true;
    if (n > sink->kept.most) return false;
    uint64_t room = 2 * sink->kept.n > n ? 2 * sink->kept.n : n;
    if (room < sink->grid.n_chunks) room = sink->grid.n_chunks;
    if (room > sink->kept.most) room = sink->kept.most;
    shoal_chunk_summary *more = realloc(sink->kept.chunk, (size_t)room * sizeof *more);
    if (!more) return false;
    memset(more + sink->kept.n, 0, (size_t)(room - sink->kept.n) * sizeof *more);
    sink->kept.chunk = more;
    sink->kept.n = room;
    return true;
}

void shoal_sink_keep(shoal_sink *sink, uint64_t chunk_id, const shoal_chunk_summary *summary,
                     size_t n_stored, uint32_t mask)
{
    if (!sink->kept.most) return;
    if (!make_room(sink, chunk_id + 1)) {
        shoal_sink_summarise_none(sink);
        return;
    }
    shoal_chunk_summary *s = &sink->kept.chunk[chunk_id];
    *s = *summary;
    s->n_stored = sink->is_chunked ? (uint32_t)n_stored : 0;
    s->mask = sink->is_chunked ? mask : 0;
}

/* ---- Comments and companions ---- */

static bool read_comment(hid_t object, const char *word, uint64_t *number)
{
    char text[SHOAL_SUMMARY_COMMENT_BYTES + 1] = {0};
    ssize_t n = H5Oget_comment(object, text, sizeof text);
    return n > 0 && (size_t)n < sizeof text &&
           shoal_summary_comment_read(word, (const uint8_t *)text, (size_t)n, number);
}

static bool write_comment(hid_t object, const char *word, uint64_t number)
{
    char text[SHOAL_SUMMARY_COMMENT_BYTES];
    shoal_summary_comment(word, number, text);
    return H5Oset_comment(object, text) >= 0;
}

static bool has_comment(hid_t object)
{
    return H5Oget_comment(object, NULL, 0) > 0;
}

static bool address_of(hid_t object, uint64_t *address)
{
    H5O_info_t info;
    if (H5Oget_info2(object, &info, H5O_INFO_BASIC) < 0) return false;
    *address = info.addr;
    return true;
}

void shoal_summaries_begin(shoal_writer *writer)
{
    uint64_t stamp;
    hid_t root = H5Gopen2(writer->file, "/", H5P_DEFAULT);
    if (root >= 0 && read_comment(root, SHOAL_STAMP_COMMENT, &stamp)) {
        writer->old_stamp = stamp;
        writer->is_stamped = shoal_stamp_holds(stamp, &writer->commit.before);
    }
    if (root >= 0) H5Gclose(root);
}

/* The companion at an address, when it is one: n bytes, malloc'd. */
static uint8_t *read_companion(hid_t companion, size_t *n)
{
    hid_t space = H5Iget_type(companion) == H5I_DATASET ? H5Dget_space(companion) : -1;
    hssize_t n_there = space >= 0 ? H5Sget_simple_extent_npoints(space) : -1;
    if (space >= 0) H5Sclose(space);
    size_t most =
        shoal_summary_head_bytes(SHOAL_MAX_RANK) + SHOAL_SUMMARY_MOST * sizeof(shoal_chunk_summary);
    if (n_there <= 0 || (uint64_t)n_there > most) return NULL;
    uint8_t *bytes = malloc((size_t)n_there);
    *n = (size_t)n_there;
    if (bytes && H5Dread(companion, H5T_NATIVE_UINT8, H5S_ALL, H5S_ALL, H5P_DEFAULT, bytes) >= 0)
        return bytes;
    free(bytes);
    return NULL;
}

/* The bytes of a sink's companion as it is in the file; NULL when there is none that holds. */
static uint8_t *read_old(const shoal_sink *sink, hid_t *companion)
{
    const shoal_writer *writer = sink->writer;
    shoal_summary_head head = {.stamp = writer->old_stamp, .type = sink->type, .grid = &sink->grid};
    uint64_t at;
    size_t n;
    *companion = H5I_INVALID_HID;
    if (!writer->is_stamped || !read_comment(sink->dataset, SHOAL_SUMMARY_COMMENT, &at) ||
        !address_of(sink->dataset, &head.address))
        return NULL;
    *companion = H5Oopen_by_addr(writer->file, at);
    uint8_t *bytes = *companion >= 0 ? read_companion(*companion, &n) : NULL;
    if (bytes && shoal_summary_check(&head, bytes, n)) return bytes;
    free(bytes);
    return NULL;
}

void shoal_sink_summarise(shoal_sink *sink, uint64_t most_bytes)
{
    uint64_t most = most_bytes / sizeof(shoal_chunk_summary);
    hid_t companion;
    if (sink->kept.most || !shoal_summary_takes(sink->type)) return;
    sink->kept.most = most < SHOAL_SUMMARY_MOST ? most : SHOAL_SUMMARY_MOST;
    if (sink->first_fresh == 0) return;
    shoal_hdf5_lock();
    uint8_t *bytes = read_old(sink, &companion);
    if (bytes && make_room(sink, sink->grid.n_chunks))
        memcpy(sink->kept.chunk, bytes + shoal_summary_head_bytes(sink->grid.rank),
               (size_t)sink->grid.n_chunks * sizeof *sink->kept.chunk);
    free(bytes);
    if (companion >= 0) H5Oclose(companion);
    shoal_hdf5_unlock();
}

/* ---- At the commit ---- */

/* A companion whose file others have changed may be anything: then only the comment goes. */
static shoal_status take_out(shoal_sink *sink, shoal_error *err)
{
    uint64_t at;
    uint8_t magic[8];
    if (!read_comment(sink->dataset, SHOAL_SUMMARY_COMMENT, &at)) return SHOAL_OK;
    hid_t companion = sink->writer->is_stamped ? H5Oopen_by_addr(sink->writer->file, at) : -1;
    if (companion >= 0) {
        size_t n = 0;
        uint8_t *bytes = read_companion(companion, &n);
        bool is_one = bytes && n > sizeof magic && memcmp(bytes, "SHOALSUM", 8) == 0;
        if (is_one) H5Odecr_refcount(companion);
        free(bytes);
        H5Oclose(companion);
    }
    if (H5Oset_comment(sink->dataset, NULL) < 0)
        return shoal_sink_fail(sink, "its summary cannot be taken out", err);
    return SHOAL_OK;
}

static bool is_kept(const shoal_sink *sink)
{
    uint64_t n = sink->grid.n_chunks;
    if (sink->kept.n == 0 || n == 0 || n > sink->kept.most) return false;
    for (uint64_t k = 0; k < n && k < sink->kept.n; k++)
        if (sink->kept.chunk[k].flags & SHOAL_SUMMARY_KEPT) return true;
    return false;
}

static hid_t make_companion(hid_t file, size_t n)
{
    hsize_t extent = n;
    hid_t space = H5Screate_simple(1, &extent, NULL), plist = H5Pcreate(H5P_DATASET_CREATE);
    hid_t companion = H5I_INVALID_HID;
    if (H5Pset_obj_track_times(plist, false) >= 0 &&
        H5Pset_fill_time(plist, H5D_FILL_TIME_NEVER) >= 0 &&
        H5Pset_alloc_time(plist, H5D_ALLOC_TIME_EARLY) >= 0)
        companion = H5Dcreate_anon(file, H5T_STD_U8LE, space, plist, H5P_DEFAULT);
    H5Pclose(plist);
    H5Sclose(space);
    return companion;
}

static shoal_status write_one(shoal_sink *sink, uint64_t stamp, shoal_error *err)
{
    shoal_summary_head head = {.stamp = stamp, .type = sink->type, .grid = &sink->grid};
    size_t n_head = shoal_summary_head_bytes(sink->grid.rank);
    size_t n = n_head + (size_t)sink->grid.n_chunks * sizeof *sink->kept.chunk;
    uint64_t at;
    uint8_t *bytes = malloc(n);
    if (!bytes) return shoal_fail(err, SHOAL_MEMORY, "out of memory");
    memcpy(bytes + n_head, sink->kept.chunk, n - n_head);
    bool fine = address_of(sink->dataset, &head.address);
    shoal_summary_write(&head, bytes, n);
    hid_t companion = fine ? make_companion(sink->writer->file, n) : H5I_INVALID_HID;
    fine = companion >= 0 &&
           H5Dwrite(companion, H5T_NATIVE_UINT8, H5S_ALL, H5S_ALL, H5P_DEFAULT, bytes) >= 0 &&
           H5Oincr_refcount(companion) >= 0 && address_of(companion, &at) &&
           write_comment(sink->dataset, SHOAL_SUMMARY_COMMENT, at);
    free(bytes);
    if (companion >= 0) H5Dclose(companion);
    return fine ? SHOAL_OK : shoal_sink_fail(sink, "its summary cannot be written", err);
}

/* The same content gives the same stamp. */
static uint64_t new_stamp(const shoal_writer *writer)
{
    uint64_t stamp = writer->old_stamp;
    for (const shoal_sink *s = writer->sinks; s; s = s->next) {
        if (!is_kept(s)) continue;
        size_t n = (size_t)s->grid.n_chunks * sizeof *s->kept.chunk;
        stamp = (stamp ^ shoal_lookup3((const uint8_t *)s->kept.chunk, n)) * 0x9E3779B97F4A7C15u;
        stamp ^= stamp >> 29;
    }
    return stamp ^ writer->old_stamp ? stamp : stamp + 2;
}

static shoal_status stamp_file(shoal_writer *writer, uint64_t stamp, shoal_error *err)
{
    hid_t root = H5Gopen2(writer->file, "/", H5P_DEFAULT);
    uint64_t there;
    /* somebody else's comment stays; without ours, no summary is found */
    bool taken = root >= 0 && has_comment(root) && !read_comment(root, SHOAL_STAMP_COMMENT, &there);
    bool fine = taken || (root >= 0 && write_comment(root, SHOAL_STAMP_COMMENT, stamp));
    if (root >= 0) H5Gclose(root);
    if (fine && !taken) writer->commit.stamp = stamp;
    if (fine) return SHOAL_OK;
    return shoal_hdf5_fail(err, SHOAL_SYSTEM, "%s cannot be stamped", writer->commit.path);
}

shoal_status shoal_summaries_write(shoal_writer *writer, shoal_error *err)
{
    shoal_status status = SHOAL_OK;
    bool any = false;
    for (shoal_sink *s = writer->sinks; s && !status; s = s->next) {
        any |= is_kept(s);
        if (s->is_touched) status = take_out(s, err);
    }
    /* a stamp that no longer holds is replaced in any case, so that it never does again */
    uint64_t stamp = writer->is_stamped         ? writer->old_stamp
                     : any || writer->old_stamp ? new_stamp(writer)
                                                : 0;
    for (shoal_sink *s = writer->sinks; s && !status; s = s->next)
        if (s->is_touched && is_kept(s) && !has_comment(s->dataset))
            status = write_one(s, stamp, err);
    if (status || stamp == 0) return status;
    return stamp_file(writer, stamp, err);
}
