/* SPDX-License-Identifier: EUPL-1.2 */
#include "config.h"

#include "courier/folder.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

#include "base/err.h"
#include "base/file.h"
#include "courier/answer.h"

bool courier_folder_open(const char *path, GError **error)
{
	static const char *const parts[] = {"tmp", "new", "cur"};

	for (size_t i = 0; i < G_N_ELEMENTS(parts); i++) {
		g_autofree char *part = g_build_filename(path, parts[i], NULL);
		g_autoptr(GError) reason = NULL;

		if (!file_make_folder(part, &reason))
			return err_set(error, err_code(reason) == ERR_TEMP ? ERR_TEMP : ERR_PERM,
			    "maildir:%s: %s", path, reason->message);
		if (access(part, W_OK | X_OK) != 0)
			return err_set(
			    error, ERR_PERM, "maildir:%s: %s: %s", path, part, g_strerror(errno));
	}
	return true;
}

/* Unique, and in the order of time: seconds, microseconds, process, count, machine. */
static char *make_name(void)
{
	static unsigned count;
	const int64_t now_us = g_get_real_time();

	return g_strdup_printf("%010" G_GINT64_FORMAT ".M%06dP%07ldQ%06u.%s", now_us / 1000000,
	    (int)(now_us % 1000000), (long)getpid(), count++ % 1000000, g_get_host_name());
}

/* Write all of the parts, which are changed. */
static bool write_parts(int fd, struct iovec *parts, int count)
{
	while (count > 0) {
		ssize_t done = writev(fd, parts, count);

		if (done < 0 && errno != EINTR)
			return false;
		for (; count > 0 && done >= (ssize_t)parts->iov_len; parts++, count--)
			done -= (ssize_t)parts->iov_len;
		if (count > 0 && done > 0) {
			parts->iov_base = (char *)parts->iov_base + done;
			parts->iov_len -= (size_t)done;
		}
	}
	return true;
}

static struct iovec part_of(const char *bytes, size_t size)
{
	return (struct iovec){.iov_base = (void *)(uintptr_t)bytes, .iov_len = size};
}

static bool write_mail(int fd, const struct relay_mail *mail)
{
	g_autofree char *envelope = g_strdup_printf(
	    "X-Envelope-From: <%s>\r\nX-Envelope-To: <%s>\r\n", mail->sender, mail->recipient);
	struct iovec parts[] = {
	    part_of(envelope, strlen(envelope)),
	    part_of(mail->head, mail->head_size),
	    part_of(mail->rest, mail->rest_size),
	};

	return write_parts(fd, parts, G_N_ELEMENTS(parts)) && fsync(fd) == 0;
}

static bool write_synced(const char *path, const struct relay_mail *mail)
{
	const int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0640);
	bool done;
	int reason;

	if (fd < 0)
		return false;
	done = write_mail(fd, mail);
	reason = errno;
	close(fd);
	errno = reason;
	return done;
}

void courier_folder_send(
    const char *path, const struct relay_mail *mail, struct relay_answer *answer)
{
	g_autofree char *name = make_name();
	g_autofree char *temporary = g_build_filename(path, "tmp", name, NULL);
	g_autofree char *folder = g_build_filename(path, "new", NULL);
	g_autofree char *final = g_build_filename(folder, name, NULL);
	const bool moved = write_synced(temporary, mail) && rename(temporary, final) == 0;
	const bool done = moved && file_sync_folder(folder);

	answer->code = 0;
	answer->gone = false;
	answer->broken = !done; /* opening it again makes the folder, if that is what lacks */
	if (done)
		answer->end = RELAY_SENT;
	else
		answer->end = moved ? RELAY_UNKNOWN : RELAY_TEMP;
	if (done)
		courier_answer_say(answer->text, "new/%s", name);
	else
		courier_answer_say(answer->text, "%s: %s", path, g_strerror(errno));
	if (!moved)
		unlink(temporary);
}
