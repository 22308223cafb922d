/* A worker: one process of a world, which makes the system calls that it is asked for. */
#define _GNU_SOURCE
#include "world.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <linux/sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

struct slot *slots;

static struct slot *self;
static uint32_t handled;

void shareSlots(void) {
  slots = mmap(NULL, PROCESSES_MAX * sizeof(struct slot), PROT_READ | PROT_WRITE, MAP_SHARED, SLOTS_FD, 0);
  if (slots == MAP_FAILED) _exit(125);
}

void waitFor(uint32_t *word, uint32_t old, long patienceUs) {
  struct timespec patience = {.tv_nsec = patienceUs * 1000};
  syscall(SYS_futex, word, FUTEX_WAIT, old, patienceUs == 0 ? NULL : &patience, NULL, 0);
}

void wake(uint32_t *word) { syscall(SYS_futex, word, FUTEX_WAKE, 1, NULL, NULL, 0); }

static void note(int number) {
  if (number == SIGCHLD)
    self->loggedChild = 1;
  else if (self->logged < LOG_MAX)
    self->log[self->logged++] = number;
}

static int64_t setDisposition(int number, enum disposition disposition) {
  /* The full mask makes handlers run one after the other, in the order in which the kernel hands the signals out: it is
   * the one that libuv uses. SA_NOCLDSTOP, because a stop is seen before its SIGCHLD is sent: nobody could wait for it. */
  struct sigaction action = {.sa_flags = SA_RESTART | SA_NOCLDSTOP};
  sigfillset(&action.sa_mask);
  action.sa_handler = disposition == HANDLED ? note : disposition == IGNORED ? SIG_IGN : SIG_DFL;
  /* Also where it will fail, or what is logged of a signal that comes at once would depend on the order of these lines. */
  if (sigaction(number, &action, NULL) != 0) return -errno;
  handled = disposition == HANDLED ? handled | 1u << number : handled & ~(1u << number);
  return 0;
}

static int64_t forked(int64_t pid) { return pid < 0 ? -errno : pid; }

/* A child whose exec fails: nobody ever sees it, but it uses a number up. Without SIGCHLD, so that nobody else reaps it. */
static int64_t burn(void) {
  int64_t pid = forked(syscall(SYS_clone, 0, NULL, NULL, NULL, NULL));
  if (pid == 0) _exit(127);
  if (pid > 0 && waitpid(pid, NULL, __WALL) != pid) return -errno;
  return pid;
}

static int64_t setLastPid(int64_t last) {
  char text[24];
  int length = snprintf(text, sizeof text, "%lld", (long long)last);
  int file = open("/proc/sys/kernel/ns_last_pid", O_WRONLY | O_CLOEXEC);
  int64_t result = file < 0 || write(file, text, length) != length ? -errno : 0;
  if (file >= 0) close(file);
  return result;
}

/*
 * 1 if this number still belongs to anybody, even to a process that has just vanished, 0 if not. clone3 asked for
 * exactly this number says EEXIST if so; if not, it fails a little later, at the bad address: it never makes a process.
 */
static int64_t isHeld(pid_t pid) {
  struct clone_args call = {
      .flags = CLONE_PIDFD, .pidfd = 1, .set_tid = (uintptr_t)&pid, .set_tid_size = 1, .exit_signal = SIGCHLD};
  if (syscall(SYS_clone3, &call, sizeof call) == 0) _exit(126);
  return errno == EEXIST ? 1 : errno == EFAULT ? 0 : -errno;
}

static int64_t perform(void) {
  const int64_t *argument = self->argument;
  switch ((enum what)self->what) {
    case FORK: {
      int64_t pid = forked(fork());
      if (pid == 0) beBorn(argument[0], argument[1], argument[2], argument[3]);
      return pid;
    }
    case BURN:
      return burn();
    case EXIT:
      _exit(argument[0]);
    case FAULT: {
      volatile int *volatile nowhere = NULL;
      return *nowhere;
    }
    case KILL:
      return kill(argument[0], argument[1]) == 0 ? 0 : -errno;
    case SETPGID:
      return setpgid(0, argument[0]) == 0 ? 0 : -errno;
    case SETSID:
      return setsid() >= 0 ? 0 : -errno;
    case DISPOSITION:
      return setDisposition(argument[0], argument[1]);
    case WAIT: {
      int status = 0;
      pid_t pid = waitpid(argument[0], &status, WNOHANG);
      self->status = status;
      return pid < 0 ? -errno : pid;
    }
    case BURY:
      return waitpid(argument[0], NULL, __WALL) < 0 ? -errno : 0;
    case LAST_PID:
      return setLastPid(argument[0]);
    case IS_HELD:
      return isHeld(argument[0]);
  }
  return -ENOSYS;
}

static void tellBirth(int number, enum birth birth) {
  __atomic_store_n(&slots[number].born, birth, __ATOMIC_SEQ_CST);
  wake(&slots[number].born);
  if (birth == FAILED) _exit(127);
}

void work(int number) {
  char outer[16] = "";
  self = &slots[number];
  /* "self" in the helper's own /proc is the number by which the helper knows this process. */
  if (readlinkat(PROC_FD, "self", outer, sizeof outer - 1) < 0) tellBirth(number, FAILED);
  self->outerPid = atoi(outer);
  self->pid = getpid();
  tellBirth(number, BORN);
  for (uint32_t done = 0;;) {
    while (__atomic_load_n(&self->asked, __ATOMIC_SEQ_CST) == done) waitFor(&self->asked, done, 0);
    self->result = perform();
    done = self->asked;
    __atomic_store_n(&self->answered, done, __ATOMIC_SEQ_CST);
    wake(&self->answered);
  }
}

void beBorn(int number, bool ownGroup, uid_t uid, bool exec) {
  char text[16];
  char *arguments[] = {"worker", text, NULL};
  if (ownGroup) setsid();
  if (uid != getuid() && setresuid(uid, uid, uid) != 0) tellBirth(number, FAILED);
  if (exec) {
    snprintf(text, sizeof text, "%d", number);
    syscall(SYS_execveat, PROGRAM_FD, "", arguments, NULL, 0x1000 /* AT_EMPTY_PATH */);
    tellBirth(number, FAILED);
  }
  /* What an exec does to signals: handlers go, what is ignored stays so. */
  for (int each = 1; each <= SIGNALS; each++)
    if (handled & 1u << each) setDisposition(each, BY_DEFAULT);
  work(number);
}
