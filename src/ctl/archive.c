/* SPDX-License-Identifier: EUPL-1.2 */
#include "config.h"

#include "ctl/archive.h"

#include <string.h>
#include <sys/stat.h>

#include "article/address.h"
#include "article/lineends.h"
#include "base/err.h"
#include "base/file.h"
#include "base/lang.h"

struct ctl_archive {
	const char *path;  /* borrowed */
	GMappedFile *file; /* owned; of an mbox */
	struct ctl_mbox mbox;
	GPtrArray *paths; /* owned char *; of a Maildir */
	unsigned next;
};

/* -- where they stand -- */

struct ctl_archive *ctl_archive_open_mbox(const char *path, GError **error)
{
	GMappedFile *file;
	struct ctl_archive *archive;

	if (g_file_test(path, G_FILE_TEST_IS_DIR)) {
		err_set(error, ERR_BAD, _("%s is a folder; umlauf import maildir loads a Maildir"),
		    path);
		return NULL;
	}
	file = g_mapped_file_new(path, FALSE, error);
	if (file == NULL)
		return NULL;
	archive = g_new0(struct ctl_archive, 1);
	archive->path = path;
	archive->file = file;
	if (ctl_mbox_init(
		&archive->mbox, g_mapped_file_get_contents(file), g_mapped_file_get_length(file)))
		return archive;
	err_set(error, ERR_BAD, _("%s is no mbox: it does not begin with a line \"From …\""), path);
	ctl_archive_close(archive);
	return NULL;
}

static int compare_names(const void *a, const void *b)
{
	const char *one = *(const char *const *)a;
	const char *two = *(const char *const *)b;

	return strcmp(strrchr(one, '/') + 1, strrchr(two, '/') + 1);
}

/* Append the paths of a folder's files; dot files left out. */
static bool list_folder(GPtrArray *paths, const char *maildir, const char *below, GError **error)
{
	g_autofree char *folder = g_build_filename(maildir, below, NULL);
	g_autoptr(GDir) dir = g_dir_open(folder, 0, error);
	const char *name;

	if (dir == NULL)
		return false;
	while ((name = g_dir_read_name(dir)) != NULL)
		if (*name != '.')
			g_ptr_array_add(paths, g_build_filename(folder, name, NULL));
	return true;
}

struct ctl_archive *ctl_archive_open_maildir(const char *path, GError **error)
{
	struct ctl_archive *archive = g_new0(struct ctl_archive, 1);

	archive->path = path;
	archive->paths = g_ptr_array_new_with_free_func(g_free);
	if (list_folder(archive->paths, path, "cur", error) &&
	    list_folder(archive->paths, path, "new", error)) {
		g_ptr_array_sort(archive->paths, compare_names);
		return archive;
	}
	ctl_archive_close(archive);
	return NULL;
}

void ctl_archive_close(struct ctl_archive *archive)
{
	if (archive == NULL)
		return;
	g_clear_pointer(&archive->file, g_mapped_file_unref);
	if (archive->paths != NULL)
		g_ptr_array_unref(archive->paths);
	g_free(archive);
}

static bool next_file(struct ctl_archive *archive, struct ctl_entry *entry)
{
	struct stat st;

	if (archive->next == archive->paths->len)
		return false;
	entry->path = archive->paths->pdata[archive->next++];
	entry->mail.size = stat(entry->path, &st) == 0 ? (size_t)st.st_size : 0;
	entry->behind = archive->next;
	return true;
}

bool ctl_archive_next(struct ctl_archive *archive, struct ctl_entry *entry)
{
	*entry = (struct ctl_entry){.path = NULL};
	if (archive->paths != NULL)
		return next_file(archive, entry);
	if (!ctl_mbox_next(&archive->mbox, &entry->mail))
		return false;
	entry->behind = (int64_t)archive->mbox.at;
	return true;
}

int64_t ctl_archive_size(const struct ctl_archive *archive)
{
	return archive->paths != NULL ? archive->paths->len : (int64_t)archive->mbox.size;
}

char *ctl_archive_where(const struct ctl_archive *archive, const struct ctl_entry *entry)
{
	if (entry->path != NULL)
		return g_strdup(entry->path);
	return g_strdup_printf("%s:%zu", archive->path, entry->mail.line);
}

/* -- what they are -- */

void ctl_reader_init(struct ctl_reader *reader, size_t max)
{
	*reader = (struct ctl_reader){.max = max, .unquoted = g_byte_array_new()};
	header_init(&reader->header);
}

/* What belongs to one message. */
static void forget(struct ctl_reader *reader)
{
	g_clear_pointer(&reader->sender, g_free);
	g_clear_pointer(&reader->why, g_free);
	g_clear_pointer(&reader->normal, g_byte_array_unref);
	g_clear_pointer(&reader->file, g_bytes_unref);
}

void ctl_reader_clear(struct ctl_reader *reader)
{
	if (reader->unquoted == NULL)
		return;
	forget(reader);
	header_clear(&reader->header);
	g_clear_pointer(&reader->unquoted, g_byte_array_unref);
}

static enum ctl_read refuse(struct ctl_reader *reader, const char *why)
{
	reader->why = g_strdup(why);
	return CTL_READ_REFUSED;
}

static enum ctl_read too_big(struct ctl_reader *reader)
{
	return refuse(reader, _("bigger than max-message-size"));
}

static enum ctl_read read_file(struct ctl_reader *reader, const char *path)
{
	g_autoptr(GError) why = NULL;

	reader->file = file_read(path, reader->max, &why);
	if (reader->file == NULL) {
		if (err_code(why) == ERR_ABSENT)
			return CTL_READ_GONE;
		return err_code(why) == ERR_LIMIT ? too_big(reader) : refuse(reader, why->message);
	}
	reader->bytes = g_bytes_get_data(reader->file, &reader->size);
	lineends_normalise(&reader->bytes, &reader->size, &reader->normal);
	return CTL_READ_MAIL;
}

static enum ctl_read read_mail(struct ctl_reader *reader, const struct ctl_mbox_message *mail)
{
	if (mail->size > reader->max)
		return too_big(reader);
	ctl_mbox_unquote(mail, reader->unquoted);
	reader->bytes = (const char *)reader->unquoted->data;
	reader->size = reader->unquoted->len;
	/* Where the file has no CR, the line ends are ours, and no other. */
	if (memchr(mail->bytes, '\r', mail->size) != NULL)
		lineends_normalise(&reader->bytes, &reader->size, &reader->normal);
	return CTL_READ_MAIL;
}

/* False for what is no mail at all, an empty file say. */
static bool has_field(const struct header *header)
{
	for (unsigned i = 0; i < header->fields->len; i++)
		if (g_array_index(header->fields, struct field, i).name != NULL)
			return true;
	return false;
}

/* The address of Return-Path; "" where there is none. */
static char *return_path(const struct header *header)
{
	const struct field *field = header_find(header, "Return-Path");
	g_autofree char *value = field != NULL ? field_unfolded(field) : g_strdup("");
	g_autofree char *address = NULL;
	size_t size = strlen(value);

	if (size > 2 && value[0] == '<' && value[size - 1] == '>')
		address = g_strndup(value + 1, size - 2);
	else
		address = g_strdup(value);
	return address_is_valid(address) ? g_steal_pointer(&address) : g_strdup("");
}

enum ctl_read ctl_reader_read(struct ctl_reader *reader, const struct ctl_entry *entry)
{
	g_autoptr(GError) why = NULL;
	enum ctl_read got;

	forget(reader);
	got =
	    entry->path != NULL ? read_file(reader, entry->path) : read_mail(reader, &entry->mail);
	if (got != CTL_READ_MAIL)
		return got;
	if (reader->size > reader->max)
		return too_big(reader);
	if (!header_scan(&reader->header, reader->bytes, reader->size, &why))
		return refuse(reader, why->message);
	if (!has_field(&reader->header))
		return refuse(reader, _("no mail: it has no header"));
	reader->sender = entry->path == NULL ? ctl_mbox_sender(&entry->mail) : g_strdup("");
	if (*reader->sender == '\0') {
		g_free(reader->sender);
		reader->sender = return_path(&reader->header);
	}
	return CTL_READ_MAIL;
}
