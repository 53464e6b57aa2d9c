#include "setting.h"

#include "limit.h"
#include "secret.h"
#include "tool.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define CREDENTIAL "jp-verify-hmac"

/* A private authority has one or two certificates; the system's whole list has 220 kB. */
#define AUTHORITY_BYTES (1u << 20)

const char *
setting(const char *name)
{
	const char *value = getenv(name);

	return value && *value ? value : NULL;
}

void
setting_close_on_exec(int fd)
{
	if (fd >= 0 && fcntl(fd, F_SETFD, FD_CLOEXEC) != 0)
		tool_die(EXIT_CONFIG, "secret", "--secret-fd", strerror(errno));
}

static struct span
read_secret(int fd, const char *name)
{
	char *memory = secret_memory(LIMIT_SECRET_BYTES);
	struct span secret;

	if (!secret_read_fd(fd, memory, LIMIT_SECRET_BYTES, &secret))
		tool_die(EXIT_CONFIG, "secret", name, strerror(errno));
	close(fd);
	return secret;
}

/* A file that everybody on the machine may read keeps no secret. */
static struct span
read_secret_file(const char *name)
{
	int fd = open(name, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	struct stat st;

	if (fd < 0 || fstat(fd, &st) != 0)
		tool_die(EXIT_CONFIG, "secret", name, strerror(errno));
	if (S_ISREG(st.st_mode) && st.st_mode & (S_IRWXO | S_IWGRP))
		tool_die(EXIT_CONFIG, "secret", name, "others may read or change it: chmod 600");
	return read_secret(fd, name);
}

static bool
credential_name(char *out, size_t size)
{
	const char *directory = setting("CREDENTIALS_DIRECTORY");
	int n;

	if (!directory)
		return false;
	n = snprintf(out, size, "%s/%s", directory, CREDENTIAL);
	return n > 0 && (size_t)n < size && access(out, F_OK) == 0;
}

struct span
setting_secret(int fd, const char *file)
{
	char name[512];

	if (setting("JP_VERIFY_HMAC_SECRET"))
		tool_die(
		    EXIT_CONFIG, "secret", "JP_VERIFY_HMAC_SECRET",
		    "no secret in the environment: put it into a file, and the file's name into "
		    "JP_VERIFY_HMAC_SECRET_FILE");
	if (fd >= 0)
		return read_secret(fd, "--secret-fd");
	if (!file)
		file = setting("JP_VERIFY_HMAC_SECRET_FILE");
	if (file)
		return read_secret_file(file);
	if (credential_name(name, sizeof name))
		return read_secret_file(name);
	return (struct span){0};
}

static bool
read_all(int fd, char *memory, size_t size, size_t *len)
{
	ssize_t n = 1;

	*len = 0;
	while (n > 0 && *len < size) {
		n = read(fd, memory + *len, size - *len);
		*len += n > 0 ? (size_t)n : 0;
	}
	return n == 0 && *len > 0;
}

struct span
setting_authority(const char *file)
{
	static char memory[AUTHORITY_BYTES];
	struct span text = {memory, 0};
	bool ok;
	int fd;

	if (!file)
		return (struct span){0};
	fd = open(file, O_RDONLY | O_CLOEXEC);
	ok = fd >= 0 && read_all(fd, memory, sizeof memory, &text.len);
	if (!ok)
		tool_die(EXIT_CONFIG, "ca", file, fd < 0 ? strerror(errno) : "no PEM file");
	close(fd);
	return text;
}
