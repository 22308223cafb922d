/*
 * Carries sequences of process operations out on the real kernel and says what came of each.
 *
 * It is told one sequence at a time on standard input, one operation a line, and answers with one line for each when the
 * line "end" has come. An answer is what the call returned and what has changed about any process since. All worlds of
 * a sequence end with it. Processes are meant by their number in the order of birth, from 1, worlds likewise.
 *
 * Its first line says what it can do here, "ready …", or why it can do nothing, "skipped …".
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
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <unistd.h>

#define WORLDS_MAX 32
#define BIRTH_PATIENCE_US 1000
#define BIRTH_PATIENCES 5000

static struct world {
  int init;
  bool reapsOrphans;
  int namespace;
} worlds[WORLDS_MAX + 1];
static int worldCount;

bool reapsOrphans(int world) { return worlds[world].reapsOrphans; }
int initOf(int world) { return worlds[world].init; }

static void fail(const char *what) {
  fprintf(stderr, "helper: %s: %s\n", what, strerror(errno));
  exit(1);
}

static bool writeText(const char *path, const char *text) {
  int file = open(path, O_WRONLY | O_CLOEXEC);
  if (file < 0) return false;
  bool written = write(file, text, strlen(text)) == (ssize_t)strlen(text);
  close(file);
  return written;
}

static bool writeNumber(const char *path, long number) {
  char text[24];
  snprintf(text, sizeof text, "%ld", number);
  return writeText(path, text);
}

static long readNumber(const char *path) {
  char text[24] = "";
  int file = open(path, O_RDONLY | O_CLOEXEC);
  if (file < 0 || read(file, text, sizeof text - 1) < 0) fail(path);
  close(file);
  return atol(text);
}

static pid_t forkWith(unsigned long flags) { return syscall(SYS_clone, flags | SIGCHLD, NULL, NULL, NULL, NULL); }

/* ---- what can be had here */

#define LAST_PID_FILE "/proc/sys/kernel/ns_last_pid"
#define PID_MAX_FILE "/proc/sys/kernel/pid_max"

static void skip(const char *why) {
  printf("skipped %s: %s\n", why, strerror(errno));
  exit(0);
}

static void becomeRootOfUserNamespace(void) {
  char map[32];
  const uid_t uid = geteuid();
  const gid_t gid = getegid();
  if (unshare(CLONE_NEWUSER) != 0) skip("neither root nor a user namespace can be had");
  if (!writeText("/proc/self/setgroups", "deny")) skip("the groups of a user namespace cannot be set");
  snprintf(map, sizeof map, "0 %u 1", uid);
  if (!writeText("/proc/self/uid_map", map)) skip("the users of a user namespace cannot be set");
  snprintf(map, sizeof map, "0 %u 1", gid);
  if (!writeText("/proc/self/gid_map", map)) skip("the groups of a user namespace cannot be set");
}

/* Before 6.14 the limit belonged to the whole machine: root must not touch it there. */
static bool hasLimitPerNamespace(void) {
  struct utsname name;
  int major = 0, minor = 0;
  if (uname(&name) != 0 || sscanf(name.release, "%d.%d", &major, &minor) != 2) return false;
  return major > 6 || (major == 6 && minor >= 14);
}

/* In a namespace of its own: whether the next number can be set, and how large numbers become. */
static void tryNamespace(bool isRoot) {
  int answer[2];
  long pidMax = 0;
  if (pipe(answer) != 0) fail("pipe");
  pid_t child = forkWith(CLONE_NEWPID);
  if (child < 0) skip("a pid namespace cannot be had");
  if (child == 0) {
    if (!writeNumber(LAST_PID_FILE, 50)) _exit(errno);
    pidMax = readNumber(PID_MAX_FILE);
    if (hasLimitPerNamespace() && !writeNumber(PID_MAX_FILE, 400)) _exit(errno);
    _exit(write(answer[1], &pidMax, sizeof pidMax) == sizeof pidMax ? 0 : errno);
  }
  int status;
  if (waitpid(child, &status, 0) != child) fail("waitpid");
  errno = WEXITSTATUS(status);
  if (status != 0) skip("a pid namespace can be had, but " LAST_PID_FILE " cannot be written in it");
  if (read(answer[0], &pidMax, sizeof pidMax) != sizeof pidMax) fail("read");
  close(answer[0]);
  close(answer[1]);
  printf("ready %s %ld %s\n", isRoot ? "root" : "user", pidMax, hasLimitPerNamespace() ? "limited" : "unlimited");
}

static void keepAt(int file, int number) {
  if (file < 0 || dup2(file, number) < 0) fail("descriptors");
  close(file);
}

/* One process acts at a time, and waking the next is much cheaper on the same processor. */
static void stayOnThisProcessor(void) {
  cpu_set_t processor;
  CPU_ZERO(&processor);
  CPU_SET(sched_getcpu(), &processor);
  sched_setaffinity(0, sizeof processor, &processor);
}

static void prepare(void) {
  /* 1 is the limit that keeps a crash from being handed to a program of the host, too. */
  struct rlimit core = {1, 1}, files;
  setsid();
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  stayOnThisProcessor();
  setrlimit(RLIMIT_CORE, &core);
  getrlimit(RLIMIT_NOFILE, &files);
  files.rlim_cur = files.rlim_max;
  setrlimit(RLIMIT_NOFILE, &files);
  int memory = memfd_create("slots", 0);
  if (memory < 0 || ftruncate(memory, PROCESSES_MAX * sizeof(struct slot)) != 0) fail("memory");
  keepAt(memory, SLOTS_FD);
  keepAt(open("/proc/self/exe", O_RDONLY), PROGRAM_FD);
  keepAt(open("/proc", O_RDONLY | O_DIRECTORY), PROC_FD);
  shareSlots();
  pid_t child = geteuid() == 0 ? forkWith(CLONE_NEWPID) : -1;
  if (child == 0) _exit(0);
  if (child > 0)
    waitpid(child, NULL, 0);
  else
    becomeRootOfUserNamespace();
  tryNamespace(child > 0);
  fflush(stdout);
}

/* ---- births */

static int newSlot(void) {
  if (processCount == PROCESSES_MAX) fail("too many processes in one sequence");
  memset(&slots[processCount], 0, sizeof(struct slot));
  return processCount;
}

/* It fails only if the two sides had already parted, as where a process of one uid is asked to become another. */
static bool awaitBirth(int number) {
  uint32_t *born = &slots[number].born;
  for (int patience = 0; __atomic_load_n(born, __ATOMIC_SEQ_CST) == UNBORN; patience++) {
    if (patience == BIRTH_PATIENCES) fail("a process was not born");
    waitFor(born, UNBORN, BIRTH_PATIENCE_US);
  }
  return *born == BORN;
}

/* Workers need neither. */
static void leaveStreams(void) {
  close(STDIN_FILENO);
  close(STDOUT_FILENO);
}

static void openWorld(bool reaps, long prelude, long pidMax) {
  const int number = newSlot();
  if (worldCount == WORLDS_MAX) fail("too many worlds in one sequence");
  pid_t child = forkWith(CLONE_NEWPID);
  if (child < 0) fail("clone");
  if (child == 0) {
    leaveStreams();
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    setsid();
    if (pidMax > 0 && !writeNumber(PID_MAX_FILE, pidMax)) _exit(121);
    if (prelude > 0 && !writeNumber(LAST_PID_FILE, 1 + prelude)) _exit(121);
    work(number);
  }
  if (!awaitBirth(number)) fail("a namespace was not born");
  watch(number, ++worldCount, true);
  char path[40];
  snprintf(path, sizeof path, "%d/ns/pid", slots[number].outerPid);
  worlds[worldCount] = (struct world){number, reaps, openat(PROC_FD, path, O_RDONLY | O_CLOEXEC)};
  if (worlds[worldCount].namespace < 0) fail("namespace");
}

/* A process that enters from outside, as by nsenter: the helper's child and yet a member of the namespace. */
static int64_t enter(int world, uid_t uid) {
  const int number = newSlot();
  int status;
  pid_t door = fork();
  if (door < 0) fail("fork");
  if (door == 0) {
    if (setns(worlds[world].namespace, CLONE_NEWPID) != 0) _exit(errno);
    pid_t child = forkWith(CLONE_PARENT);
    if (child != 0) _exit(child < 0 ? errno : 0);
    leaveStreams();
    beBorn(number, true, uid, false);
  }
  if (waitpid(door, &status, 0) != door || !WIFEXITED(status)) fail("enter");
  if (status != 0) return -WEXITSTATUS(status);
  if (!awaitBirth(number)) return -ESTALE;
  watch(number, world, true);
  return slots[number].pid;
}

static int64_t spawn(int parent, bool ownGroup, uid_t uid, bool exec) {
  const int number = newSlot();
  if (!ask(parent, FORK, number, ownGroup, uid, exec)) return -ESTALE;
  const int64_t pid = slots[parent].result;
  if (pid <= 0) return pid;
  if (!awaitBirth(number)) {
    settle();
    ask(parent, BURY, pid, 0, 0, 0);
    return -ESTALE;
  }
  watch(number, processes[parent].world, false);
  return pid;
}

/* ---- the other operations */

static int64_t asked(int number, uint32_t what, int64_t a, int64_t b) {
  return ask(number, what, a, b, 0, 0) ? slots[number].result : -ESTALE;
}

/* Sent by the helper, which stands in a parent namespace. */
static int64_t killFromOutside(int world, pid_t pid, int signal) {
  for (int number = 0; number < processCount; number++) {
    const struct process *process = &processes[number];
    if (process->world != world || process->gone) continue;
    pid_t target = pid > 0 ? slots[number].outerPid : process->group;
    if (pid > 0 ? slots[number].pid == pid : innerPid(process->group) == -pid)
      return kill(pid > 0 ? target : -target, signal) == 0 ? 0 : -errno;
  }
  return -ESRCH;
}

static int64_t wait_(int parent, pid_t pid) {
  const int64_t waited = asked(parent, WAIT, pid, 0);
  for (int number = 0; number < processCount; number++)
    if (processes[number].world == processes[parent].world && !processes[number].gone && slots[number].pid == waited)
      processes[number].free = true;
  return waited;
}

static void printResult(int64_t result) {
  switch (-result) {
    case EPERM: printf("EPERM"); break;
    case ESRCH: printf("ESRCH"); break;
    case EINVAL: printf("EINVAL"); break;
    case ECHILD: printf("ECHILD"); break;
    case EAGAIN: printf("EAGAIN"); break;
    case ENOMEM: printf("ENOMEM"); break;
    case ESTALE: printf("nobody there"); break;
    default:
      if (result < 0) printf("errno %d", (int)-result);
      else if (result == 0) printf("ok");
      else printf("pid %d", (int)result);
  }
}

static void carryOut(const char *line) {
  char verb[16];
  long a = 0, b = 0, c = 0, d = 0;
  if (sscanf(line, "%15s %ld %ld %ld %ld", verb, &a, &b, &c, &d) < 1) fail("an empty line");
  const int actor = a - 1;
  const bool isWorldsVerb = strcmp(verb, "open") == 0 || strcmp(verb, "close") == 0 || strcmp(verb, "enter") == 0 ||
                            strcmp(verb, "burn") == 0 || strcmp(verb, "last") == 0 || strcmp(verb, "outkill") == 0 ||
                            strcmp(verb, "oom") == 0;
  int64_t result = 0;
  if (!isWorldsVerb && (actor < 0 || actor >= processCount)) result = -ESTALE;
  else if (strcmp(verb, "open") == 0) openWorld(a, b, c);
  else if (strcmp(verb, "close") == 0) kill(slots[initOf(a)].outerPid, SIGKILL);
  else if (strcmp(verb, "enter") == 0) result = enter(a, b);
  else if (strcmp(verb, "burn") == 0) result = asked(initOf(a), BURN, 0, 0);
  else if (strcmp(verb, "last") == 0) result = asked(initOf(a), LAST_PID, b, 0);
  else if (strcmp(verb, "outkill") == 0) result = killFromOutside(a, b, c);
  else if (strcmp(verb, "oom") == 0) result = kill(slots[actor].outerPid, SIGKILL) == 0 ? 0 : -errno;
  else if (strcmp(verb, "spawn") == 0) result = spawn(actor, b, c, d);
  else if (strcmp(verb, "exit") == 0) result = asked(actor, EXIT, b, 0);
  else if (strcmp(verb, "fault") == 0) result = asked(actor, FAULT, 0, 0);
  else if (strcmp(verb, "kill") == 0) result = asked(actor, KILL, b, c);
  else if (strcmp(verb, "setpgid") == 0) result = asked(actor, SETPGID, b, 0);
  else if (strcmp(verb, "setsid") == 0) result = asked(actor, SETSID, 0, 0);
  else if (strcmp(verb, "disposition") == 0) result = asked(actor, DISPOSITION, b, c);
  else if (strcmp(verb, "wait") == 0) result = wait_(actor, b);
  else fail(verb);
  if (!settle()) fail("the processes do not come to rest");
  /* Whoever ended or stopped in its own call never said what that returned. */
  if (!isWorldsVerb && result != -ESTALE && !isRunning(actor)) printf("-");
  else if (strcmp(verb, "wait") == 0 && result == 0) printf("running");
  else printResult(result);
  if (strcmp(verb, "wait") == 0 && result > 0) printExit(slots[actor].status);
  printChanges();
  putchar('\n');
}

static void endSequence(void) {
  for (int world = 1; world <= worldCount; world++) {
    if (!processes[initOf(world)].gone) kill(slots[initOf(world)].outerPid, SIGKILL);
    close(worlds[world].namespace);
  }
  if (!settle()) fail("the processes do not end");
  forgetAll();
  worldCount = 0;
}

int main(int count, char **arguments) {
  char *line = NULL;
  size_t size = 0;
  if (count == 2 && strcmp(arguments[0], "worker") == 0) {
    shareSlots();
    work(atoi(arguments[1]));
  }
  prepare();
  while (getline(&line, &size, stdin) > 0) {
    if (strcmp(line, "end\n") != 0) {
      carryOut(line);
      continue;
    }
    endSequence();
    puts("end");
    fflush(stdout);
  }
  return 0;
}
