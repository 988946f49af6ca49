// SPDX-License-Identifier: BSD-2-Clause
#include <errno.h>

#include "common/message.h"
#include "recorder/recording_files.h"
#include "recorder/signals.h"

static int keep_hashes(struct recording_files *files)
{
	if (!files->events)
		return 0;
	output_file__write_after(files->events, files->log);
	return output_file__keep_hash(files->events) || output_file__keep_hash(files->log);
}

int recording_files__new(struct recording_files *files, const struct options *options)
{
	/* What is wrong with the log is mostly so with the events, and is said once. */
	files->log = output_file__new(options->output, signals__wants_give_up);
	if (files->log && options->print)
		files->copy = output_file__new("-", signals__wants_give_up);
	if (files->log && options->events)
		files->events = output_file__new(options->events, signals__wants_give_up);
	if (!files->log || (!files->copy && options->print) || (!files->events && options->events))
		return -EIO;
	if (!keep_hashes(files))
		return 0;
	message__error("no memory to set up the recording");
	return -ENOMEM;
}

void recording_files__close(struct recording_files *files)
{
	output_file__close(files->log);
	output_file__close(files->copy);
	output_file__close(files->events);
}

int recording_files__check(const struct recording_files *files)
{
	int err = output_file__check(files->log);

	if (!err && files->events)
		err = output_file__check(files->events);
	return err;
}

int recording_files__make(struct recording_files *files)
{
	int err = output_file__make_next(files->log);

	if (!err && files->events)
		err = output_file__make_next(files->events);
	if (!err)
		err = output_file__name_next(files->log);
	if (!err && files->events)
		err = output_file__name_next(files->events);
	if (err)
		recording_files__drop(files);
	return err;
}

void recording_files__drop(struct recording_files *files)
{
	output_file__drop_next(files->log);
	if (files->events)
		output_file__drop_next(files->events);
}

int recording_files__begin(struct recording_files *files)
{
	int err = output_file__begin_next(files->log), event_err = 0;

	if (files->events)
		event_err = output_file__begin_next(files->events);
	return err ? err : event_err;
}

uint64_t recording_files__needed_capabilities(const struct recording_files *files)
{
	uint64_t needed = output_file__needed_capabilities(files->log);

	if (files->events)
		needed |= output_file__needed_capabilities(files->events);
	return needed;
}
