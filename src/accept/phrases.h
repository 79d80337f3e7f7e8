/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * What mail programs write into the subject of what no person wrote, in the languages of German,
 * Austrian and Swiss offices.  A subject is a mere word: people write the same ones, so who finds a
 * phrase here knows that somebody should look, and no more.
 */
#ifndef ACCEPT_PHRASES_H
#define ACCEPT_PHRASES_H

enum phrase {
	PHRASE_NONE,
	PHRASE_ANSWER,	  /* an automatic answer: "Abwesenheitsnotiz: …", "Urlaub bis 12.8." */
	PHRASE_REPORT,	  /* on a delivery: "Unzustellbar: …" */
	PHRASE_RECEIPT,	  /* that a mail was read: "Gelesen: …" */
	PHRASE_CALENDAR,  /* an answer to an invitation: "Zugesagt: …" */
	PHRASE_RECALL,	  /* a message called back: "Rückruf: …" */
	PHRASE_CHALLENGE, /* a request to confirm that a mail was sent */
	PHRASE_KINDS
};

/*
 * The kind of a decoded subject (UTF-8).  A phrase counts where it begins the subject, behind
 * `[EXTERN]` and the like; who answers such a mail or asks about it has something before it ("AW:
 * Abwesenheitsnotiz einrichten?", "Frage zu …").  Any case, ä or ae, ß or ss, a wide colon or a blank
 * before it.  Most phrases need a colon or the end of the subject behind them.
 */
enum phrase phrases_find(const char *subject);

#endif
