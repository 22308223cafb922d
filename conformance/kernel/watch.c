/*
 * What the workers of all worlds are doing, as the helper's /proc shows it, and when they have finished doing it.
 *
 * A system call that returns has not always had its effect: a killed process is still on its way out, and the parent
 * that will adopt its children has not got them yet. "Everybody sleeps" is not enough either, since one can sleep on the
 * way out. So the table is looked at until two looks in a row agree that everybody sleeps without an unfinished call
 * and not on the way out (PF_EXITING), is stopped, is a zombie, or is gone; and between the two stands a call that
 * waits for the lock under which the kernel ends a process and tells its parent.
 */
#define _GNU_SOURCE
#include "world.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define PF_EXITING 0x4
#define LOOKS_AT_ONE 20
#define LOOKS_BEFORE_SLEEP 50
#define SLEEP_NS 50000
#define PATIENCE_S 10
#define ANSWER_PATIENCE_US 300
#define ASKED_MAX 5000
#define NUMBER_PATIENCE_NS 3000000

struct process processes[PROCESSES_MAX];
int processCount;

static const char NAMES[][7] = {"0",    "HUP",  "INT",    "QUIT", "ILL",  "TRAP", "ABRT", "BUS",  "FPE",  "KILL", "USR1",
                                "SEGV", "USR2", "PIPE",   "ALRM", "TERM", "STKFLT", "CHLD", "CONT", "STOP", "TSTP", "TTIN",
                                "TTOU", "URG",  "XCPU",   "XFSZ", "VTALRM", "PROF", "WINCH", "IO",   "PWR",  "SYS"};

static int openOf(pid_t outer, const char *file) {
  char path[40];
  snprintf(path, sizeof path, "%d/%s", outer, file);
  return openat(PROC_FD, path, O_RDONLY | O_CLOEXEC);
}

void watch(int number, int world, bool isHelpersChild) {
  struct process *process = &processes[number];
  const pid_t outer = slots[number].outerPid;
  *process = (struct process){.world = world, .isHelpersChild = isHelpersChild, .isNew = true};
  process->statFile = openOf(outer, "stat");
  process->statusFile = openOf(outer, "status");
  if (processCount <= number) processCount = number + 1;
}

/* Later births come first: a number of the helper's may have been used before, by a process that is gone. */
pid_t innerPid(pid_t outer) {
  for (int number = processCount - 1; number >= 0; number--)
    if (processes[number].world != 0 && slots[number].outerPid == outer) return slots[number].pid;
  return 0;
}

void forgetAll(void) {
  for (int number = 0; number < processCount; number++) {
    if (processes[number].world == 0 || processes[number].gone) continue;
    close(processes[number].statFile);
    close(processes[number].statusFile);
  }
  memset(processes, 0, sizeof processes);
  processCount = 0;
}

static void vanish(struct process *process) {
  process->gone = true;
  process->calm = true;
  process->isNew = true;
  close(process->statFile);
  close(process->statusFile);
}

/* Pending for this thread, and pending for the whole process. */
static uint32_t pendingIn(struct process *process) {
  char text[4096];
  ssize_t length = pread(process->statusFile, text, sizeof text - 1, 0);
  if (length <= 0) return 0;
  text[length] = 0;
  const char *own = strstr(text, "\nSigPnd:"), *shared = strstr(text, "\nShdPnd:");
  if (own == NULL || shared == NULL) return 0;
  return strtoul(own + 8, NULL, 16) | strtoul(shared + 8, NULL, 16);
}

/* Reads what it is doing now. */
static void look(int number) {
  struct process *process = &processes[number];
  const struct slot *slot = &slots[number];
  char text[1024];
  if (process->gone) return;
  ssize_t length = pread(process->statFile, text, sizeof text - 1, 0);
  if (length <= 0) {
    vanish(process);
    return;
  }
  text[length] = 0;
  char *at = strrchr(text, ')') + 2;
  const struct process before = *process;
  process->state = *at++;
  process->parent = strtol(at, &at, 10);
  process->group = strtol(at, &at, 10);
  process->session = strtol(at, &at, 10);
  strtol(at, &at, 10);
  strtol(at, &at, 10);
  process->leaving = strtoul(at, &at, 10) & PF_EXITING;
  process->pending = process->state == 'T' ? pendingIn(process) : 0;
  if (process->state == 'Z') process->exit = atoi(strrchr(text, ' ') + 1);
  process->calm = process->state == 'T' || process->state == 'Z' ||
                  (process->state == 'S' && !process->leaving && slot->asked == slot->answered);
  /* Such a zombie is not in anybody's way: the init of a closed world waits for it. */
  if (process->state == 'Z' && process->isHelpersChild &&
      waitpid(slot->outerPid, &process->exit, WNOHANG) == slot->outerPid) {
    process->free = true;
    vanish(process);
    return;
  }
  process->isNew |= process->state != before.state || process->parent != before.parent ||
                    process->group != before.group || process->session != before.session ||
                    process->pending != before.pending;
}

/*
 * Whether it has done since its last rest what could set others in motion: ended, stopped, gone on, come to another
 * parent. To have been born does not.
 */
static bool hasStirred(int number) {
  struct process *process = &processes[number];
  const char state = process->gone ? 'X' : process->state;
  const bool stirred = process->restState != 0 && (state != process->restState || process->parent != process->restParent);
  process->restState = state;
  process->restParent = process->parent;
  return stirred;
}

static void pause_(int looks) {
  struct timespec moment = {.tv_nsec = SLEEP_NS};
  if (looks < LOOKS_BEFORE_SLEEP)
    sched_yield();
  else
    nanosleep(&moment, NULL);
}

bool isRunning(int number) {
  const struct process *process = &processes[number];
  return number < processCount && process->world != 0 && !process->gone && process->state == 'S' && process->calm;
}

bool ask(int number, uint32_t what, int64_t a, int64_t b, int64_t c, int64_t d) {
  struct slot *slot = &slots[number];
  if (!isRunning(number)) return false;
  const uint32_t asked = slot->asked;
  slot->what = what;
  slot->argument[0] = a;
  slot->argument[1] = b;
  slot->argument[2] = c;
  slot->argument[3] = d;
  __atomic_store_n(&slot->asked, asked + 1, __ATOMIC_SEQ_CST);
  wake(&slot->asked);
  processes[number].calm = false;
  /* No answer will come from one that ends or stops itself. */
  while (__atomic_load_n(&slot->answered, __ATOMIC_SEQ_CST) == asked) {
    waitFor(&slot->answered, asked, ANSWER_PATIENCE_US);
    if (slot->answered != asked) break;
    look(number);
    if (processes[number].gone || processes[number].leaving || processes[number].state == 'T') break;
  }
  return true;
}

/* For questions beside the sequence: afterwards the worker sleeps again. */
static bool askInPassing(int number, uint32_t what, int64_t argument) {
  if (!ask(number, what, argument, 0, 0, 0)) return false;
  for (look(number); !processes[number].calm && !processes[number].leaving; look(number)) sched_yield();
  return true;
}

/* Is somebody left who holds this number, or whose group or session has it? */
static bool isInUse(int world, pid_t pid) {
  for (int number = 0; number < processCount; number++) {
    const struct process *process = &processes[number];
    if (process->world != world || process->gone) continue;
    if (slots[number].pid == pid || innerPid(process->group) == pid || innerPid(process->session) == pid) return true;
  }
  return false;
}

/* Asks whoever runs there and has the right to ask the kernel. If there is nobody, a moment must do. */
static bool isHeld(int world, pid_t pid) {
  const struct timespec moment = {.tv_nsec = NUMBER_PATIENCE_NS};
  for (int number = 0; number < processCount; number++) {
    if (processes[number].world != world || !askInPassing(number, IS_HELD, pid)) continue;
    if (slots[number].result >= 0) return slots[number].result;
  }
  nanosleep(&moment, NULL);
  return false;
}

/* A process that nobody waits for vanishes a moment before its numbers are free again: waits until they are. */
static void waitForNumbers(int number) {
  struct process *process = &processes[number];
  process->free = true;
  if (processes[initOf(process->world)].gone) return; /* Nobody will ever get them again. */
  const pid_t numbers[] = {slots[number].pid, innerPid(process->group), innerPid(process->session)};
  for (int each = 0; each < 3; each++)
    for (int asked = 0; asked < ASKED_MAX && !isInUse(process->world, numbers[each]); asked++) {
      if (!isHeld(process->world, numbers[each])) break;
      sched_yield();
    }
}

static bool untilCalm(void) {
  time_t begin = time(NULL);
  for (int looks = 0;; looks++) {
    bool calm = true, stirred = false;
    for (int number = 0; number < processCount; number++) {
      if (processes[number].world == 0 || processes[number].gone) continue;
      look(number);
      /* Most are about to fall asleep: that is faster than another look at all. */
      for (int more = 0; more < LOOKS_AT_ONE && !processes[number].calm; more++) {
        sched_yield();
        look(number);
      }
      if (!processes[number].calm)
        calm = false;
      else if (hasStirred(number))
        stirred = true;
    }
    if (calm && !stirred) return true;
    if (time(NULL) - begin > PATIENCE_S) return false;
    if (calm)
      kill(0, 0); /* Takes the lock of the kernel's process list. */
    else
      pause_(looks);
  }
}

/* The init of such a world waits for every zombie that is its child, as a small init does on SIGCHLD. */
static bool reapOrphans(void) {
  bool reaped = false;
  for (int number = 0; number < processCount; number++) {
    struct process *process = &processes[number];
    if (process->world == 0 || process->gone || process->state != 'Z' || !reapsOrphans(process->world)) continue;
    const int init = initOf(process->world);
    if (process->parent != slots[init].outerPid || !askInPassing(init, WAIT, slots[number].pid)) continue;
    process->free = true;
    reaped = true;
  }
  return reaped;
}

bool settle(void) {
  do
    if (!untilCalm()) return false;
  while (reapOrphans());
  for (int number = 0; number < processCount; number++)
    if (processes[number].world != 0 && processes[number].gone && !processes[number].free) waitForNumbers(number);
  return true;
}

static int describeExit(int exit, char *text, size_t size) {
  if (WIFSIGNALED(exit)) return snprintf(text, size, "%s", NAMES[WTERMSIG(exit)]);
  return snprintf(text, size, "code %d", WEXITSTATUS(exit));
}

void printExit(int exit) {
  char text[32];
  describeExit(exit, text, sizeof text);
  printf(" %s", text);
}

static void describe(int number, char *text, size_t size) {
  const struct process *process = &processes[number];
  int used = snprintf(text, size, "#%d ", number + 1);
  if (process->gone) {
    used += snprintf(text + used, size - used, "gone");
    if (!process->isHelpersChild) return;
  } else
    used += snprintf(text + used, size - used, "%s %d/%d/%d/%d",
                     process->state == 'T'   ? "stopped"
                     : process->state == 'Z' ? "zombie"
                                             : "running",
                     slots[number].pid, innerPid(process->parent), innerPid(process->group),
                     innerPid(process->session));
  if (process->gone || process->state == 'Z') {
    text[used++] = ' ';
    used += describeExit(process->exit, text + used, size - used);
  }
  for (int each = 1; each <= SIGNALS; each++)
    if (process->pending & 1u << (each - 1)) used += snprintf(text + used, size - used, " +%s", NAMES[each]);
}

/*
 * The order is the kernel's own only for signals that had been kept for a stopped process. What is sent to a running one
 * it handles as it comes: one signal from two sides can arrive once or twice, and two signals in either order.
 */
static void printHandled(const struct slot *slot, bool inOrder) {
  uint32_t said = 0;
  printf(" handled");
  for (uint32_t each = 0; inOrder && each < slot->logged; each++) {
    if (!(said & 1u << slot->log[each])) printf(" %s", NAMES[slot->log[each]]);
    said |= 1u << slot->log[each];
  }
  for (uint32_t each = 0; each < slot->logged; each++) said |= 1u << slot->log[each];
  for (int each = 1; !inOrder && each <= SIGNALS; each++)
    if (said & 1u << each) printf(" %s", NAMES[each]);
  if (slot->loggedChild) printf(" CHLD");
}

void printChanges(void) {
  for (int number = 0; number < processCount; number++) {
    struct process *process = &processes[number];
    struct slot *slot = &slots[number];
    if (process->world == 0 || (process->gone && process->told)) continue;
    const bool hasHandled = !process->gone && process->state != 'Z' && (slot->logged > 0 || slot->loggedChild);
    if (process->isNew || hasHandled) {
      char text[sizeof process->view];
      describe(number, text, sizeof text);
      if (hasHandled || strcmp(text, process->view) != 0) printf("; %s", text);
      if (hasHandled) printHandled(slot, strstr(process->view, " stopped ") != NULL);
      strcpy(process->view, text);
      process->isNew = false;
    }
    slot->logged = 0;
    slot->loggedChild = 0;
    if (process->gone) process->told = true;
  }
}
