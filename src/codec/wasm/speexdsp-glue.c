/*
 * What src/dsp/speexdsp.ts calls of speexdsp: an echo canceller (MDF) and a preprocessor (noise suppression, gain control),
 * which may suppress what is left of the echo. One of each per instance of the module; their memory is freed with it.
 */
#include <speex/speex_echo.h>
#include <speex/speex_preprocess.h>

#define EXPORT(name) __attribute__((export_name(#name)))

/* 20 ms at 48 kHz. */
enum { MOST_SAMPLES = 960 };

static _Alignas(16) spx_int16_t captured[MOST_SAMPLES];
static _Alignas(16) spx_int16_t played[MOST_SAMPLES];
static _Alignas(16) spx_int16_t cleaned[MOST_SAMPLES];
/* Room for what a request of the libraries reads or writes. */
static _Alignas(16) int number[1];
static SpeexEchoState *echo;
static SpeexPreprocessState *preprocess;

EXPORT(capturedAt) void *captured_at(void) { return captured; }
EXPORT(playedAt) void *played_at(void) { return played; }
EXPORT(cleanedAt) void *cleaned_at(void) { return cleaned; }
EXPORT(numberAt) void *number_at(void) { return number; }

/* Once. Returns 0, or -1 where the frame is too long or the memory too small. */
EXPORT(openEcho) int open_echo(int frame_samples, int tail_samples, int rate_hz) {
  if (frame_samples > MOST_SAMPLES || echo) return -1;
  echo = speex_echo_state_init(frame_samples, tail_samples);
  if (!echo) return -1;
  return speex_echo_ctl(echo, SPEEX_ECHO_SET_SAMPLING_RATE, &rate_hz);
}

/* Once, after openEcho where there is an echo canceller. */
EXPORT(openPreprocess) int open_preprocess(int frame_samples, int rate_hz) {
  if (frame_samples > MOST_SAMPLES || preprocess) return -1;
  preprocess = speex_preprocess_state_init(frame_samples, rate_hz);
  if (!preprocess) return -1;
  return echo ? speex_preprocess_ctl(preprocess, SPEEX_PREPROCESS_SET_ECHO_STATE, echo) : 0;
}

/* captured and played to cleaned; both are a frame long. */
EXPORT(cancelEcho) void cancel_echo(void) { speex_echo_cancellation(echo, captured, played, cleaned); }
EXPORT(resetEcho) void reset_echo(void) { speex_echo_state_reset(echo); }
/* A request of speex_echo.h or speex_preprocess.h that reads or writes `number`. */
EXPORT(echoControl) int echo_control(int request) { return speex_echo_ctl(echo, request, number); }
EXPORT(preprocessControl) int preprocess_control(int request) {
  return speex_preprocess_ctl(preprocess, request, number);
}

/* Changes cleaned in place; returns 1 for speech, 0 for none (where voice activity is asked for). */
EXPORT(preprocessRun) int preprocess_run(void) { return speex_preprocess_run(preprocess, cleaned); }
/* Hears cleaned without changing it. */
EXPORT(preprocessHear) void preprocess_hear(void) { speex_preprocess_estimate_update(preprocess, cleaned); }
