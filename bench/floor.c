/*
 * What a round trip over a Unix socket takes on this machine when both sides do nothing but wait for it: 300 bytes there
 * (about an event), 60 back (about an answer), epoll on both sides, one at a time. No plugin in a process of its own can
 * add less to a request that is alone.
 *
 * Prints the median in microseconds.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { ROUNDS = 20000, EVENT = 300, ANSWER = 60, ROOM = 512 };

static int watch(int fd) {
  struct epoll_event event = {.events = EPOLLIN};
  int poll = epoll_create1(0);
  if (poll < 0 || epoll_ctl(poll, EPOLL_CTL_ADD, fd, &event) < 0) exit(1);
  return poll;
}

static int await(int poll, int fd, char *bytes) {
  struct epoll_event event;
  if (epoll_wait(poll, &event, 1, -1) < 0) return -1;
  return (int)read(fd, bytes, ROOM);
}

static void answer(int fd) {
  char bytes[ROOM] = {0};
  int poll = watch(fd);
  while (await(poll, fd, bytes) > 0)
    if (write(fd, bytes, ANSWER) != ANSWER) return;
}

static int order(const void *one, const void *other) {
  double a = *(const double *)one, b = *(const double *)other;
  return (a > b) - (a < b);
}

int main(void) {
  static double took[ROUNDS];
  char bytes[ROOM] = {0};
  int pair[2];
  if (socketpair(AF_UNIX, SOCK_STREAM, 0, pair) < 0) return 1;
  pid_t child = fork();
  if (child < 0) return 1;
  if (child == 0) {
    close(pair[0]);
    answer(pair[1]);
    return 0;
  }
  close(pair[1]);
  int poll = watch(pair[0]);
  for (int i = 0; i < ROUNDS; i++) {
    struct timespec begin, end;
    clock_gettime(CLOCK_MONOTONIC, &begin);
    if (write(pair[0], bytes, EVENT) != EVENT || await(poll, pair[0], bytes) <= 0) return 1;
    clock_gettime(CLOCK_MONOTONIC, &end);
    took[i] = (double)(end.tv_sec - begin.tv_sec) * 1e6 + (double)(end.tv_nsec - begin.tv_nsec) / 1e3;
  }
  qsort(took, ROUNDS, sizeof *took, order);
  printf("%.0f\n", took[ROUNDS / 2]);
  return 0;
}
