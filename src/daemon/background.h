/* background.h: heavy work (building indexes, reading list files) beside the stream of reads. Any thread.
 */
#ifndef HL_DAEMON_BACKGROUND_H
#define HL_DAEMON_BACKGROUND_H

/* Runs fn(arg) on a thread of its own that gives way to the threads of the stream, and waits for it. Where no thread can be had it runs on the caller's. */
void hl_background_run(void (*fn)(void *arg), void *arg);

#endif
