/* deliver_mail.c: a thread for each mail under way. libcurl's SMTP waits inside one transfer for the server's answer to the whole mail and for its
 * goodbye, even on a multi handle (lib/smtp.c, smtp_block_statemach): on the delivery thread a server that scans for ten seconds, or hangs, would stop
 * every other delivery. How many there are is bounded by each channel's `concurrency` and by what is in hand.
 *
 * While its thread runs, a flight belongs to that thread, but for `stage`, `destination` and `abort`.
 */
#include "daemon/deliver_priv.h"

static void *send_mail(void *arg)
{
	struct hl_flight *f = arg;
	struct hl_deliver *d = f->owner;
	f->result = curl_easy_perform(f->easy);
	pthread_mutex_lock(&d->mail_lock);
	f->next_mail = d->mails;
	d->mails = f;
	pthread_mutex_unlock(&d->mail_lock);
	curl_multi_wakeup(d->multi);
	return NULL;
}

bool hl_mail_start(struct hl_deliver *d, struct hl_flight *f)
{
	f->owner = d;
	atomic_store(&f->abort, false);
	f->threaded = pthread_create(&f->thread, NULL, send_mail, f) == 0;
	if (!f->threaded)
		hl_copy(f->error, sizeof f->error, "no thread for a mail");
	return f->threaded;
}

struct hl_flight *hl_mail_next(struct hl_deliver *d)
{
	pthread_mutex_lock(&d->mail_lock);
	struct hl_flight *f = d->mails;
	if (f)
		d->mails = f->next_mail;
	pthread_mutex_unlock(&d->mail_lock);
	return f;
}

void hl_mail_join(struct hl_deliver *d, struct hl_flight *f)
{
	(void)d;
	atomic_store(&f->abort, true);
	pthread_join(f->thread, NULL);
	f->threaded = false;
}
