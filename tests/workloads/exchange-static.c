// SPDX-License-Identifier: BSD-2-Clause
/* exchange A B COUNTER - A gets B's name and B A's, again and again; COUNTER's size is how often,
 * in hundreds. */
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	int fd = argc == 4 ? open(argv[3], O_WRONLY | O_CREAT | O_APPEND, 0644) : -1;

	if (fd < 0)
		return 2;
	for (;;) {
		for (int i = 0; i < 100; i++)
			if (renameat2(AT_FDCWD, argv[1], AT_FDCWD, argv[2], RENAME_EXCHANGE))
				return 1;
		if (write(fd, ".", 1) != 1)
			return 1;
	}
}
