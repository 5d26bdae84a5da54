/* Stands between the program and the C library: records what is written below a folder, and lets calls fail.
 *
 * RECORD_DIR names the folder, RECORD_LOG the record. gridapp_fault(kind, n) makes the nth coming call fail:
 * kind 1: disk full from the nth write on; 2: one failing write; 3: one failing sync; 4: one failing read; 0: none.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

static int log_fd = -2, fault_kind = 0;
static long fault_at = 0;
static char folder[PATH_MAX];
static size_t folder_length = 0;

#define REAL(name) \
    static __typeof__(&name) real = NULL; \
    if (!real) real = (__typeof__(&name))dlsym(RTLD_NEXT, #name);

void gridapp_fault(int kind, long n) { fault_kind = kind; fault_at = n; }

static void begin(void) {
    if (log_fd != -2) return;
    log_fd = -1;
    const char *named = getenv("RECORD_DIR"), *log = getenv("RECORD_LOG");
    if (!named) return;
    snprintf(folder, sizeof folder, "%s/", named);
    folder_length = strlen(folder);
    if (log) log_fd = syscall(SYS_openat, AT_FDCWD, log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
}

static const char *ours(const char *path) {
    begin();
    if (!folder_length || strncmp(path, folder, folder_length)) return NULL;
    size_t length = strlen(path);
    if (length > 4 && !strcmp(path + length - 4, "-shm")) return NULL;
    return path + folder_length;
}

static const char *name_of(int fd, char *buffer) {
    char link[64];
    begin();
    if (!folder_length || fd == log_fd) return NULL;
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t length = readlink(link, buffer, PATH_MAX - 1);
    if (length <= 0) return NULL;
    buffer[length] = 0;
    if (!strncmp(buffer, folder, folder_length - 1) && (size_t)length == folder_length - 1) return ".";
    return ours(buffer);
}

static void note(char kind, const char *name, uint64_t offset, const void *data, uint32_t length) {
    if (log_fd < 0) return;
    uint16_t name_length = strlen(name);
    size_t total = 1 + 2 + 8 + 4 + name_length + length;
    char *line = malloc(total), *at = line;
    *at++ = kind;
    memcpy(at, &name_length, 2); at += 2;
    memcpy(at, &offset, 8); at += 8;
    memcpy(at, &length, 4); at += 4;
    memcpy(at, name, name_length); at += name_length;
    if (length) memcpy(at, data, length);
    syscall(SYS_write, log_fd, line, total);
    free(line);
}

static int fails(int is_write, int is_sync, int is_read) {
    if (!fault_kind) return 0;
    int hit = (fault_kind == 1 && is_write) || (fault_kind == 2 && is_write) || (fault_kind == 3 && is_sync) ||
              (fault_kind == 4 && is_read);
    if (!hit || --fault_at > 0) return 0;
    errno = fault_kind == 1 ? ENOSPC : EIO;
    if (fault_kind != 1) fault_kind = 0;
    return 1;
}

#define WRITE(name, offset_type) \
    ssize_t name(int fd, const void *data, size_t count, offset_type offset) { \
        REAL(name) \
        char buffer[PATH_MAX]; \
        const char *file = name_of(fd, buffer); \
        if (file && fails(1, 0, 0)) return -1; \
        ssize_t done = real(fd, data, count, offset); \
        if (file && done > 0) note('w', file, offset, data, done); \
        return done; \
    }
WRITE(pwrite, off_t)
WRITE(pwrite64, off64_t)

#define READ(name, offset_type) \
    ssize_t name(int fd, void *data, size_t count, offset_type offset) { \
        REAL(name) \
        char buffer[PATH_MAX]; \
        if (fault_kind == 4 && name_of(fd, buffer) && fails(0, 0, 1)) return -1; \
        return real(fd, data, count, offset); \
    }
READ(pread, off_t)
READ(pread64, off64_t)

ssize_t write(int fd, const void *data, size_t count) {
    REAL(write)
    char buffer[PATH_MAX];
    const char *file = name_of(fd, buffer);
    if (file && fails(1, 0, 0)) return -1;
    off_t offset = file ? lseek(fd, 0, SEEK_CUR) : 0;
    ssize_t done = real(fd, data, count);
    if (file && done > 0) note('w', file, offset, data, done);
    return done;
}

#define CUT(name, length_type) \
    int name(int fd, length_type length) { \
        REAL(name) \
        char buffer[PATH_MAX]; \
        const char *file = name_of(fd, buffer); \
        if (file && fails(1, 0, 0)) return -1; \
        int done = real(fd, length); \
        if (file && !done) note('t', file, length, NULL, 0); \
        return done; \
    }
CUT(ftruncate, off_t)
CUT(ftruncate64, off64_t)

#define SYNC(name) \
    int name(int fd) { \
        REAL(name) \
        char buffer[PATH_MAX]; \
        const char *file = name_of(fd, buffer); \
        if (file && fails(0, 1, 0)) return -1; \
        int done = real(fd); \
        if (file && !done) note('s', file, 0, NULL, 0); \
        return done; \
    }
SYNC(fsync)
SYNC(fdatasync)

int unlink(const char *path) {
    REAL(unlink)
    int done = real(path);
    const char *file = ours(path);
    if (file && !done) note('d', file, 0, NULL, 0);
    return done;
}

int rename(const char *from, const char *to) {
    REAL(rename)
    int done = real(from, to);
    const char *one = ours(from), *other = ours(to);
    if (one && other && !done) note('r', one, 0, other, strlen(other));
    return done;
}

#define OPEN(name) \
    int name(const char *path, int flags, ...) { \
        REAL(name) \
        mode_t mode = 0; \
        if (flags & O_CREAT) { va_list more; va_start(more, flags); mode = va_arg(more, mode_t); va_end(more); } \
        const char *file = (flags & (O_CREAT | O_TRUNC)) ? ours(path) : NULL; \
        int is_new = file && (flags & O_CREAT) && access(path, F_OK); \
        int fd = real(path, flags, mode); \
        if (file && fd >= 0 && is_new) note('c', file, 0, NULL, 0); \
        else if (file && fd >= 0 && (flags & O_TRUNC)) note('t', file, 0, NULL, 0); \
        return fd; \
    }
OPEN(open)
OPEN(open64)
