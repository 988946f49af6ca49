// SPDX-License-Identifier: BSD-2-Clause
/*
 * ring_meter PID - how many bytes have gone through the ring buffers of the process PID, which
 * loads BPF programs: the producers' position, which the kernel keeps in the ring's own memory.
 */
#include <bpf/bpf.h>
#include <dirent.h>
#include <errno.h>
#include <error.h>
#include <linux/bpf.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "recorder/ring.h"

/* The map that an fd of /proc/PID/fdinfo stands for. */
struct fd_map {
	int type; /* -1: it is no map */
	int id;
};

static struct fd_map read_fdinfo(const char *path)
{
	struct fd_map map = {-1, 0};
	FILE *file = fopen(path, "re");
	char line[128];

	while (file && fgets(line, sizeof(line), file)) {
		sscanf(line, "map_type: %d", &map.type);
		sscanf(line, "map_id: %d", &map.id);
	}
	if (file)
		fclose(file);
	return map;
}

static uint64_t bytes_of(int map_id)
{
	struct bpf_map_info info = {};
	__u32 sz = sizeof(info);
	int fd = bpf_map_get_fd_by_id(map_id);
	struct ring *ring;
	uint64_t end;

	if (fd < 0 || bpf_obj_get_info_by_fd(fd, &info, &sz))
		error(1, errno, "map %d", map_id);
	ring = ring__new(fd, info.max_entries);
	if (!ring)
		error(1, errno, "ring of map %d", map_id);
	end = ring__end(ring);
	ring__free(ring);
	close(fd);
	return end;
}

int main(int argc, char **argv)
{
	uint64_t sum = 0;
	char path[64];
	struct dirent *entry;
	DIR *directory;
	bool is_found = false;

	if (argc != 2)
		error(2, 0, "usage: ring_meter PID");
	snprintf(path, sizeof(path), "/proc/%s/fdinfo", argv[1]);
	directory = opendir(path);
	if (!directory)
		error(1, errno, "%s", path);
	while ((entry = readdir(directory))) {
		char name[sizeof(path) + sizeof(entry->d_name)];
		struct fd_map map;

		snprintf(name, sizeof(name), "%s/%s", path, entry->d_name);
		map = read_fdinfo(name);
		if (map.type != BPF_MAP_TYPE_RINGBUF)
			continue;
		is_found = true;
		sum += bytes_of(map.id);
	}
	closedir(directory);
	if (!is_found)
		error(1, 0, "process %s has no ring buffer", argv[1]);
	printf("%llu\n", (unsigned long long)sum);
	return 0;
}
