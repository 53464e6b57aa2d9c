#include "master.h"

#include "hex.h"
#include "limit.h"
#include "secret.h"
#include "tool.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

/* A passphrase of fewer bytes is guessed, whatever the cost of one guess. */
#define PASSPHRASE_MIN 8

/* The setting, else the credential, when there is one. */
static const char *
default_file(const struct master_source *s)
{
	static char path[4096];
	const char *setting = getenv(s->setting), *directory = getenv("CREDENTIALS_DIRECTORY");

	if (setting && *setting)
		return setting;
	if (!directory || !*directory ||
	    (size_t)snprintf(path, sizeof path, "%s/%s", directory, s->credential) >= sizeof path)
		return NULL;
	return access(path, F_OK) == 0 ? path : NULL;
}

bool
master_given(const struct master_source *s, bool credential)
{
	return s->file || s->fd || s->passphrase_fd || (credential && default_file(s));
}

static int
open_file(const char *path)
{
	struct stat st;
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);

	if (fd < 0 || fstat(fd, &st) != 0)
		tool_die(EXIT_CONFIG, "master-key", path, strerror(errno));
	if (S_ISREG(st.st_mode) && (st.st_mode & (S_IROTH | S_IWOTH)))
		tool_die(EXIT_CONFIG, "master-key", path, "others may read or write it");
	return fd;
}

static void
read_key(int fd, const char *what, struct master *out)
{
	unsigned char key[CIPHER_KEY_BYTES];

	if (!secret_read_fd(fd, out->memory, LIMIT_SECRET_BYTES, &out->secret))
		tool_die(EXIT_CONFIG, "master-key", what, strerror(errno));
	if (!hex_parse(out->secret, false, key, sizeof key))
		tool_die(EXIT_CONFIG, "master-key", what,
			 "64 lower-case hex digits are needed (openssl rand -hex 32)");
	secret_wipe(out->memory, LIMIT_SECRET_BYTES);
	memcpy(out->memory, key, sizeof key);
	secret_wipe(key, sizeof key);
	out->secret = (struct span){out->memory, sizeof key};
}

static void
read_passphrase(int fd, struct master *out)
{
	if (!secret_read_fd(fd, out->memory, LIMIT_SECRET_BYTES, &out->secret))
		tool_die(EXIT_CONFIG, "passphrase", NULL, strerror(errno));
	if (out->secret.len < PASSPHRASE_MIN)
		tool_die(EXIT_CONFIG, "passphrase", NULL, "shorter than 8 bytes");
	out->passphrase = true;
}

static int
descriptor(const char *text)
{
	return (int)tool_number("--*-fd", text, 0, 1023);
}

void
master_read(const struct master_source *s, bool credential, struct master *out)
{
	const char *file = s->file;

	if ((s->file != NULL) + (s->fd != NULL) + (s->passphrase_fd != NULL) > 1)
		tool_usage("one at a time", "--master-key-file, --master-key-fd, --passphrase-fd");
	if (!file && credential && !s->fd && !s->passphrase_fd)
		file = default_file(s);
	*out = (struct master){.memory = secret_memory(LIMIT_SECRET_BYTES)};
	if (s->passphrase_fd) {
		read_passphrase(descriptor(s->passphrase_fd), out);
	} else if (s->fd) {
		read_key(descriptor(s->fd), "--master-key-fd", out);
	} else if (file) {
		int fd = open_file(file);

		read_key(fd, file, out);
		close(fd);
	} else {
		tool_die(EXIT_CONFIG, "master-key", NULL,
			 "none: give --master-key-file, --master-key-fd or --passphrase-fd");
	}
}

void
master_wipe(struct master *m)
{
	if (m->memory)
		secret_free(m->memory, LIMIT_SECRET_BYTES);
	*m = (struct master){0};
}
