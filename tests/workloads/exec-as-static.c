// SPDX-License-Identifier: BSD-2-Clause
/*
 * exec-as HOW ... - becomes another program in a way that few programs use:
 *
 *     at DIR PATH ARG..        execveat() by a path that begins in DIR; its argv[0] is PATH
 *     memfd NAME PROGRAM ARG.. a memfd of that name with PROGRAM's bytes
 *     deleted PROGRAM ARG..    PROGRAM is deleted first
 *     self-fd PROGRAM ARG..    the path is /proc/self/fd/N
 *     kept-fd PROGRAM ARG..    by a descriptor that stays open, as a script needs it
 *     nothing PROGRAM          argc is 0
 *     huge BYTES PROGRAM       one argument of that many bytes, after argv[0]
 *     paged FILE PROGRAM       argv[1] is FILE's text, in a page that is not in memory
 *
 * argv[0] is PROGRAM if nothing else is said. Status 99 if it can't be done.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

extern char **environ;

static void __attribute__((noreturn)) die(const char *what)
{
	perror(what);
	_exit(99);
}

static int open_program(const char *path, int flags)
{
	int fd = open(path, O_RDONLY | flags);

	if (fd < 0)
		die(path);
	return fd;
}

static void exec_at(int fd, const char *path, char **argv)
{
	syscall(SYS_execveat, fd, path, argv, environ, *path ? 0 : AT_EMPTY_PATH);
}

static void exec_memfd(const char *name, const char *path, char **argv)
{
	int from = open_program(path, O_CLOEXEC), fd = memfd_create(name, MFD_CLOEXEC);
	struct stat status;

	if (fd < 0 || fstat(from, &status) || fchmod(fd, 0755) ||
	    sendfile(fd, from, NULL, status.st_size) != status.st_size)
		die(name);
	exec_at(fd, "", argv);
}

static void exec_self_fd(const char *program, char **argv)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/self/fd/%d", open_program(program, O_CLOEXEC));
	execve(path, argv, environ);
}

static void exec_deleted(const char *program, char **argv)
{
	int fd = open_program(program, O_CLOEXEC);

	if (unlink(program))
		die(program);
	exec_at(fd, "", argv);
}

static void exec_huge(size_t bytes, char *program)
{
	char *argument = malloc(bytes + 1), *argv[] = {program, argument, NULL};

	if (!argument)
		die("malloc");
	memset(argument, 'h', bytes);
	argument[bytes] = '\0';
	execve(program, argv, environ);
}

/* The page is written, dropped, and read again by nobody but exec. */
static void exec_paged(const char *file, char *program)
{
	int fd = open_program(file, O_CLOEXEC);
	char *text = mmap(NULL, 4096, PROT_READ, MAP_SHARED, fd, 0),
	     *argv[] = {program, text, NULL};

	if (text == MAP_FAILED || fsync(fd) || madvise(text, 4096, MADV_DONTNEED) ||
	    posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED))
		die(file);
	execve(program, argv, environ);
}

int main(int argc, char **argv)
{
	const char *how = argc > 2 ? argv[1] : "";
	char *none[] = {NULL};

	if (!strcmp(how, "at") && argc > 3)
		exec_at(open_program(argv[2], O_DIRECTORY | O_CLOEXEC), argv[3], argv + 3);
	else if (!strcmp(how, "memfd") && argc > 3)
		exec_memfd(argv[2], argv[3], argv + 3);
	else if (!strcmp(how, "deleted"))
		exec_deleted(argv[2], argv + 2);
	else if (!strcmp(how, "self-fd"))
		exec_self_fd(argv[2], argv + 2);
	else if (!strcmp(how, "kept-fd"))
		exec_at(open_program(argv[2], 0), "", argv + 2);
	else if (!strcmp(how, "nothing"))
		execve(argv[2], none, environ);
	else if (!strcmp(how, "huge") && argc > 3)
		exec_huge(strtoul(argv[2], NULL, 0), argv[3]);
	else if (!strcmp(how, "paged") && argc > 3)
		exec_paged(argv[2], argv[3]);
	die(how);
}
