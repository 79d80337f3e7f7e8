# SPDX-License-Identifier: EUPL-1.2
# Unit tests (cmocka, TAP) and fuzz targets.  A test of src/ROOM/FILE.c is
# tests/unit/ROOM-FILE.c and stands here with two lines.

LDADD = $(HOUSE) $(FOREIGN) $(CMOCKA_LIBS)

UNIT =
check_PROGRAMS = $(UNIT)

# -- base --
UNIT += tests/unit/base-bell-test
tests_unit_base_bell_test_SOURCES = tests/unit/base-bell.c
UNIT += tests/unit/base-clock-test
tests_unit_base_clock_test_SOURCES = tests/unit/base-clock.c
UNIT += tests/unit/base-columns-test
tests_unit_base_columns_test_SOURCES = tests/unit/base-columns.c
UNIT += tests/unit/base-dates-test
tests_unit_base_dates_test_SOURCES = tests/unit/base-dates.c
UNIT += tests/unit/base-file-test
tests_unit_base_file_test_SOURCES = tests/unit/base-file.c
UNIT += tests/unit/base-lang-test
tests_unit_base_lang_test_SOURCES = tests/unit/base-lang.c
UNIT += tests/unit/base-log-test
tests_unit_base_log_test_SOURCES = tests/unit/base-log.c
UNIT += tests/unit/base-settings-test
tests_unit_base_settings_test_SOURCES = tests/unit/base-settings.c
UNIT += tests/unit/base-siphash-test
tests_unit_base_siphash_test_SOURCES = tests/unit/base-siphash.c
UNIT += tests/unit/base-text-test
tests_unit_base_text_test_SOURCES = tests/unit/base-text.c
UNIT += tests/unit/base-timetable-test
tests_unit_base_timetable_test_SOURCES = tests/unit/base-timetable.c
UNIT += tests/unit/base-token-test
tests_unit_base_token_test_SOURCES = tests/unit/base-token.c
UNIT += tests/unit/base-wildmat-test
tests_unit_base_wildmat_test_SOURCES = tests/unit/base-wildmat.c
UNIT += tests/unit/base-wrap-test
tests_unit_base_wrap_test_SOURCES = tests/unit/base-wrap.c

# Samples with their expected reading.
CORPUS = tests/unit/corpus.c tests/unit/corpus.h
AM_CPPFLAGS += -DCORPUS='"$(abs_top_srcdir)/tests/corpus"'

# -- article --
READING = tests/unit/reading.c tests/unit/reading.h
UNIT += tests/unit/article-address-test
tests_unit_article_address_test_SOURCES = tests/unit/article-address.c
UNIT += tests/unit/article-armour-test
tests_unit_article_armour_test_SOURCES = tests/unit/article-armour.c
UNIT += tests/unit/article-authres-test
tests_unit_article_authres_test_SOURCES = tests/unit/article-authres.c
UNIT += tests/unit/article-body-test
tests_unit_article_body_test_SOURCES = tests/unit/article-body.c
UNIT += tests/unit/article-body-corpus-test
tests_unit_article_body_corpus_test_SOURCES = tests/unit/article-body-corpus.c $(CORPUS) $(READING)
UNIT += tests/unit/article-calendar-test
tests_unit_article_calendar_test_SOURCES = tests/unit/article-calendar.c
UNIT += tests/unit/article-compose-test
tests_unit_article_compose_test_SOURCES = tests/unit/article-compose.c
UNIT += tests/unit/article-dkim-test
tests_unit_article_dkim_test_SOURCES = tests/unit/article-dkim.c
UNIT += tests/unit/article-encoded-test
tests_unit_article_encoded_test_SOURCES = tests/unit/article-encoded.c
UNIT += tests/unit/article-header-test
tests_unit_article_header_test_SOURCES = tests/unit/article-header.c
UNIT += tests/unit/article-html-test
tests_unit_article_html_test_SOURCES = tests/unit/article-html.c
UNIT += tests/unit/article-lineends-test
tests_unit_article_lineends_test_SOURCES = tests/unit/article-lineends.c
UNIT += tests/unit/article-maildate-test
tests_unit_article_maildate_test_SOURCES = tests/unit/article-maildate.c
UNIT += tests/unit/article-mime-test
tests_unit_article_mime_test_SOURCES = tests/unit/article-mime.c
UNIT += tests/unit/article-msgid-test
tests_unit_article_msgid_test_SOURCES = tests/unit/article-msgid.c
UNIT += tests/unit/article-netnews-test
tests_unit_article_netnews_test_SOURCES = tests/unit/article-netnews.c
UNIT += tests/unit/article-outgoing-test
tests_unit_article_outgoing_test_SOURCES = tests/unit/article-outgoing.c
UNIT += tests/unit/article-overview-test
tests_unit_article_overview_test_SOURCES = tests/unit/article-overview.c
UNIT += tests/unit/article-proto-test
tests_unit_article_proto_test_SOURCES = tests/unit/article-proto.c
UNIT += tests/unit/article-quote-test
tests_unit_article_quote_test_SOURCES = tests/unit/article-quote.c
UNIT += tests/unit/article-quote-corpus-test
tests_unit_article_quote_corpus_test_SOURCES = tests/unit/article-quote-corpus.c $(CORPUS)
UNIT += tests/unit/article-refs-test
tests_unit_article_refs_test_SOURCES = tests/unit/article-refs.c
UNIT += tests/unit/article-report-test
tests_unit_article_report_test_SOURCES = tests/unit/article-report.c
UNIT += tests/unit/article-serve-test
tests_unit_article_serve_test_SOURCES = tests/unit/article-serve.c
UNIT += tests/unit/article-rtf-test
tests_unit_article_rtf_test_SOURCES = tests/unit/article-rtf.c
UNIT += tests/unit/article-smime-test
tests_unit_article_smime_test_SOURCES = tests/unit/article-smime.c
UNIT += tests/unit/article-subject-test
tests_unit_article_subject_test_SOURCES = tests/unit/article-subject.c
UNIT += tests/unit/article-threadindex-test
tests_unit_article_threadindex_test_SOURCES = tests/unit/article-threadindex.c

UNIT += tests/unit/article-tnef-test
tests_unit_article_tnef_test_SOURCES = tests/unit/article-tnef.c

# tests/judge/mime.py reads with it
check_PROGRAMS += tests/unit/readmail
tests_unit_readmail_SOURCES = tests/unit/readmail.c $(READING)

# -- net --
PEER = tests/unit/net-peer.c tests/unit/net-peer.h
UNIT += tests/unit/net-block-test
tests_unit_net_block_test_SOURCES = tests/unit/net-block.c
UNIT += tests/unit/net-etpan-test
tests_unit_net_etpan_test_SOURCES = tests/unit/net-etpan.c $(PEER)
UNIT += tests/unit/net-lineconn-test
tests_unit_net_lineconn_test_SOURCES = tests/unit/net-lineconn.c
UNIT += tests/unit/net-listen-test
tests_unit_net_listen_test_SOURCES = tests/unit/net-listen.c
UNIT += tests/unit/net-tls-test
tests_unit_net_tls_test_SOURCES = tests/unit/net-tls.c $(PEER)

# -- db, store --
SAMPLE = tests/unit/store-sample.c tests/unit/store-sample.h
UNIT += tests/unit/db-db-test
tests_unit_db_db_test_SOURCES = tests/unit/db-db.c $(SAMPLE)
UNIT += tests/unit/store-cursor-test
tests_unit_store_cursor_test_SOURCES = tests/unit/store-cursor.c $(SAMPLE)
UNIT += tests/unit/store-daily-test
tests_unit_store_daily_test_SOURCES = tests/unit/store-daily.c $(SAMPLE)
UNIT += tests/unit/store-delivery-test
tests_unit_store_delivery_test_SOURCES = tests/unit/store-delivery.c $(SAMPLE)
UNIT += tests/unit/store-memo-test
tests_unit_store_memo_test_SOURCES = tests/unit/store-memo.c $(SAMPLE)
UNIT += tests/unit/store-person-test
tests_unit_store_person_test_SOURCES = tests/unit/store-person.c $(SAMPLE)
UNIT += tests/unit/store-store-test
tests_unit_store_store_test_SOURCES = tests/unit/store-store.c $(SAMPLE)
UNIT += tests/unit/store-subscription-test
tests_unit_store_subscription_test_SOURCES = tests/unit/store-subscription.c $(SAMPLE)
UNIT += tests/unit/store-suspect-test
tests_unit_store_suspect_test_SOURCES = tests/unit/store-suspect.c $(SAMPLE)
UNIT += tests/unit/store-wire-test
tests_unit_store_wire_test_SOURCES = tests/unit/store-wire.c $(SAMPLE)

# -- accept --
UNIT += tests/unit/accept-accept-test
tests_unit_accept_accept_test_SOURCES = tests/unit/accept-accept.c $(SAMPLE)
UNIT += tests/unit/accept-admit-test
tests_unit_accept_admit_test_SOURCES = tests/unit/accept-admit.c $(SAMPLE)
UNIT += tests/unit/accept-errand-test
tests_unit_accept_errand_test_SOURCES = tests/unit/accept-errand.c $(SAMPLE)
UNIT += tests/unit/accept-kin-test
tests_unit_accept_kin_test_SOURCES = tests/unit/accept-kin.c $(SAMPLE)
UNIT += tests/unit/accept-recognise-test
tests_unit_accept_recognise_test_SOURCES = tests/unit/accept-recognise.c
UNIT += tests/unit/accept-resolve-test
tests_unit_accept_resolve_test_SOURCES = tests/unit/accept-resolve.c $(SAMPLE)
UNIT += tests/unit/accept-ruling-test
tests_unit_accept_ruling_test_SOURCES = tests/unit/accept-ruling.c $(SAMPLE)
UNIT += tests/unit/accept-thread-test
tests_unit_accept_thread_test_SOURCES = tests/unit/accept-thread.c $(SAMPLE)
UNIT += tests/unit/accept-whole-test
tests_unit_accept_whole_test_SOURCES = tests/unit/accept-whole.c $(SAMPLE)

# tests/story/40-arrival.py drives it
check_PROGRAMS += tests/unit/arrival
tests_unit_arrival_SOURCES = tests/unit/arrival.c $(SAMPLE)

# -- digest, letters --
DAYS = tests/unit/digest-days.c tests/unit/digest-days.h $(SAMPLE)
UNIT += tests/unit/digest-collect-test
tests_unit_digest_collect_test_SOURCES = tests/unit/digest-collect.c $(DAYS)
UNIT += tests/unit/digest-context-test
tests_unit_digest_context_test_SOURCES = tests/unit/digest-context.c $(SAMPLE)
UNIT += tests/unit/digest-make-test
tests_unit_digest_make_test_SOURCES = tests/unit/digest-make.c $(DAYS)
UNIT += tests/unit/digest-order-test
tests_unit_digest_order_test_SOURCES = tests/unit/digest-order.c
UNIT += tests/unit/digest-text-test
tests_unit_digest_text_test_SOURCES = tests/unit/digest-text.c
UNIT += tests/unit/letters-letters-test
tests_unit_letters_letters_test_SOURCES = tests/unit/letters-letters.c

# -- intake --
UNIT += tests/unit/intake-lmtp-test
tests_unit_intake_lmtp_test_SOURCES = tests/unit/intake-lmtp.c $(SAMPLE)
UNIT += tests/unit/intake-maildir-test
tests_unit_intake_maildir_test_SOURCES = tests/unit/intake-maildir.c $(SAMPLE)
UNIT += tests/unit/intake-post-test
tests_unit_intake_post_test_SOURCES = tests/unit/intake-post.c $(SAMPLE)

# -- news --
UNIT += tests/unit/news-commands-test
tests_unit_news_commands_test_SOURCES = tests/unit/news-commands.c
UNIT += tests/unit/news-date-test
tests_unit_news_date_test_SOURCES = tests/unit/news-date.c
UNIT += tests/unit/news-post-test
tests_unit_news_post_test_SOURCES = tests/unit/news-post.c tests/unit/news-intake.h tests/unit/news-sample.h
UNIT += tests/unit/news-range-test
tests_unit_news_range_test_SOURCES = tests/unit/news-range.c
UNIT += tests/unit/news-session-test
tests_unit_news_session_test_SOURCES = tests/unit/news-session.c tests/unit/news-sample.h

# -- courier --
DELIVERIES = tests/unit/courier-sample.c tests/unit/courier-sample.h $(SAMPLE)
UNIT += tests/unit/courier-answer-test
tests_unit_courier_answer_test_SOURCES = tests/unit/courier-answer.c
UNIT += tests/unit/courier-crew-test
tests_unit_courier_crew_test_SOURCES = tests/unit/courier-crew.c
UNIT += tests/unit/courier-dress-test
tests_unit_courier_dress_test_SOURCES = tests/unit/courier-dress.c $(DELIVERIES)
UNIT += tests/unit/courier-due-test
tests_unit_courier_due_test_SOURCES = tests/unit/courier-due.c $(DELIVERIES)
UNIT += tests/unit/courier-folder-test
tests_unit_courier_folder_test_SOURCES = tests/unit/courier-folder.c
UNIT += tests/unit/courier-relay-test
tests_unit_courier_relay_test_SOURCES = tests/unit/courier-relay.c
UNIT += tests/unit/courier-result-test
tests_unit_courier_result_test_SOURCES = tests/unit/courier-result.c $(DELIVERIES)
UNIT += tests/unit/courier-smtp-test
tests_unit_courier_smtp_test_SOURCES = tests/unit/courier-smtp.c tests/unit/courier-peer.c \
	tests/unit/courier-peer.h $(PEER)

# tests/bench/bench.py measures with it
EXTRA_PROGRAMS = tests/bench/relayload
tests_bench_relayload_SOURCES = tests/bench/relayload.c tests/bench/load.c tests/bench/load.h

# -- fuzz --
# tests/fuzz/NAME.c is a target of libFuzzer, its seeds are in tests/fuzz/corpus/NAME/; a new one is
# a word here.  configure CC=clang --enable-fuzzers --enable-sanitizers && make fuzz FUZZ_SECONDS=60
if FUZZERS
FUZZ = header recognise references encoded nntp lmtp compose outgoing smtp body proto quote \
	sealed
FUZZ_SECONDS = 60
FUZZERS_BUILT = $(FUZZ:%=tests/fuzz/%-fuzz)

AM_CFLAGS += -fsanitize=fuzzer-no-link

tests/fuzz/%-fuzz: tests/fuzz/%.c $(HOUSE)
	$(AM_V_CCLD)$(MKDIR_P) $(@D) && $(COMPILE) $(AM_LDFLAGS) -fsanitize=fuzzer -o $@ $< \
	  $(HOUSE) $(FOREIGN)

fuzz: $(FUZZERS_BUILT)
	@for f in $(FUZZ); do \
	  $(MKDIR_P) tests/fuzz/found/$$f && \
	  tests/fuzz/$$f-fuzz -max_total_time=$(FUZZ_SECONDS) -timeout=5 -max_len=8192 \
	    -verbosity=0 -print_final_stats=1 \
	    -artifact_prefix=tests/fuzz/found/$$f- tests/fuzz/found/$$f \
	    $(srcdir)/tests/fuzz/corpus/$$f || exit 1; \
	done

clean-fuzz:
	rm -rf $(FUZZERS_BUILT) tests/fuzz/found
.PHONY: fuzz clean-fuzz
endif

# -- ctl --
UNIT += tests/unit/ctl-helpers-test
tests_unit_ctl_helpers_test_SOURCES = tests/unit/ctl-helpers.c src/ctl/helpers.c
UNIT += tests/unit/ctl-mbox-test
tests_unit_ctl_mbox_test_SOURCES = tests/unit/ctl-mbox.c src/ctl/mbox.c

# -- lint --
# The tests of tests/lint, then cppcheck and clang-tidy, whose findings are errors.
lint_sources = $(wildcard $(srcdir)/src/*.c $(srcdir)/src/*/*.c)
lint_flags = -std=gnu11 $(DEFS) $(DEFAULT_INCLUDES) $(AM_CPPFLAGS) \
	$(GLIB_CFLAGS) $(GMIME_CFLAGS) $(SQLITE_CFLAGS) $(EVENT_CFLAGS) $(INIH_CFLAGS) $(ZSTD_CFLAGS) \
	$(SSL_CFLAGS) $(XML_CFLAGS) $(YTNEF_CFLAGS)

lint: lint-house lint-cppcheck lint-tidy

lint-house: all
	@for t in $(srcdir)/tests/lint/*.py $(srcdir)/tests/lint/*.sh; do \
	  UMLAUF_BUILD=$(abs_builddir) $$t || exit 1; \
	done

lint-cppcheck: all
	cppcheck --quiet --std=c11 --enable=warning,performance,portability --inline-suppr \
	  --suppress=unknownMacro --suppress=missingIncludeSystem \
	  --suppress=incorrectStringBooleanError --suppress=memleak --library=gtk --error-exitcode=1 \
	  -j 2 -D_GNU_SOURCE -I$(srcdir)/src $(lint_sources)

lint-tidy: all
	printf '%s\n' $(lint_flags) > compile_flags.txt
	printf '%s\n' $(lint_sources) | xargs -P 2 -n 4 clang-tidy --quiet -p $(abs_builddir)
