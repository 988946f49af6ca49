// SPDX-License-Identifier: BSD-2-Clause
#include <errno.h>
#include <signal.h>
#include <stddef.h>
#include <unistd.h>

#include "recorder/signals.h"

static volatile sig_atomic_t stop_cnt;
static volatile sig_atomic_t rotation_wanted;
static volatile sig_atomic_t command_has_keyboard;

static void note_stop(int signal, siginfo_t *info, void *context)
{
	(void)signal;
	(void)context;
	/* SI_KERNEL: the terminal's; one that somebody sent with kill(2) is meant for us. */
	if (command_has_keyboard && info->si_code == SI_KERNEL)
		return;
	/* Whoever keeps the finger on ^C must not make the count wrap. */
	if (stop_cnt < 2)
		stop_cnt++;
	if (stop_cnt == 2)
		alarm(1);
}

/* The signal may have come just before a write that then blocks: interrupt it again and again. */
static void note_alarm(int signal, siginfo_t *info, void *context)
{
	(void)signal;
	(void)info;
	(void)context;
	alarm(1);
}

static void note_rotation(int signal, siginfo_t *info, void *context)
{
	(void)signal;
	(void)info;
	(void)context;
	rotation_wanted = 1;
}

/* Only to interrupt poll(): command__check() looks. */
static void note_child(int signal, siginfo_t *info, void *context)
{
	(void)signal;
	(void)info;
	(void)context;
}

static struct {
	int signal;
	void (*handler)(int, siginfo_t *, void *); /* NULL: ignored */
	struct sigaction before;
} caught[] = {
	{.signal = SIGINT, .handler = note_stop},   {.signal = SIGTERM, .handler = note_stop},
	{.signal = SIGQUIT, .handler = note_stop},  {.signal = SIGHUP, .handler = note_rotation},
	{.signal = SIGCHLD, .handler = note_child}, {.signal = SIGALRM, .handler = note_alarm},
	{.signal = SIGPIPE, .handler = NULL},
};

#define CAUGHT_CNT (sizeof(caught) / sizeof(caught[0]))

int signals__catch(void)
{
	for (size_t i = 0; i < CAUGHT_CNT; i++) {
		/* Without SA_RESTART: a write that blocks must come back. */
		struct sigaction action = {.sa_flags = SA_SIGINFO};

		action.sa_sigaction = caught[i].handler;
		if (!caught[i].handler) {
			action.sa_flags = 0;
			action.sa_handler = SIG_IGN;
		}
		sigemptyset(&action.sa_mask);
		if (sigaction(caught[i].signal, &action, &caught[i].before))
			return -errno;
	}
	return 0;
}

void signals__restore(void)
{
	for (size_t i = 0; i < CAUGHT_CNT; i++)
		sigaction(caught[i].signal, &caught[i].before, NULL);
}

void signals__leave_keyboard_to_command(bool is_running)
{
	command_has_keyboard = is_running;
}

bool signals__wants_stop(void)
{
	return stop_cnt > 0;
}

bool signals__wants_give_up(void)
{
	return stop_cnt > 1;
}

bool signals__take_rotation(void)
{
	bool wanted = rotation_wanted;

	rotation_wanted = 0;
	return wanted;
}
