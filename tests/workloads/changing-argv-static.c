// SPDX-License-Identifier: BSD-2-Clause
/*
 * changing-argv TURNS REPORT - TURNS children, one after the other, exec this program with
 * arguments that a thread of their parent, whose memory they share, changes all the time: the
 * bytes, and where the arguments end. The new program does not change them any more and appends to
 * REPORT what it has got: a line with its pid, argc and each argument in hexadecimal.
 */
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/wait.h>
#include <unistd.h>

#define ARGS 4
#define ARG_SZ 700

/* Neither arguments nor environment can tell the new program who it is. */
#define SELF "/proc/self/exe"
#define REPORT_FD 9

static char strings[ARGS][ARG_SZ];

static void *change_forever(void *unused)
{
	(void)unused;
	for (unsigned int turn = 0;; turn++) {
		char *arg = strings[turn % ARGS];

		memset(arg, 'a' + turn % 26, ARG_SZ);
		arg[turn % 97] = '\0';
		arg[turn % 97] = '.';
		arg[ARG_SZ - 1] = '\0';
	}
	return NULL;
}

static int report(int argc, char **argv)
{
	static char line[1 << 16];
	int len = snprintf(line, sizeof(line), "%d %d", getpid(), argc);

	for (int i = 0; i < argc; i++) {
		line[len++] = ' ';
		for (const char *at = argv[i]; *at; at++)
			len += sprintf(line + len, "%02x", (unsigned char)*at);
	}
	line[len++] = '\n';
	return write(REPORT_FD, line, len) != len;
}

int main(int argc, char **argv)
{
	char *envp[] = {"A=1", "B=2", "C=3", "D=4", NULL}, *args[ARGS + 1] = {NULL};
	pthread_t changer;
	int status = 0;

	if (!strcmp((const char *)getauxval(AT_EXECFN), SELF))
		return report(argc, argv);
	if (argc != 3 || dup2(open(argv[2], O_WRONLY | O_CREAT | O_APPEND, 0666), REPORT_FD) < 0)
		return 2;
	for (int i = 0; i < ARGS; i++)
		args[i] = strings[i];
	if (pthread_create(&changer, NULL, change_forever, NULL))
		return 1;
	for (int i = 0; i < atoi(argv[1]) && !status; i++) {
		pid_t pid = vfork();

		if (pid == 0) {
			execve(SELF, args, envp);
			_exit(99);
		}
		waitpid(pid, &status, 0);
	}
	return status != 0;
}
