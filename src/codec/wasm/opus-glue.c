/*
 * What src/codec/opus calls of libopus (RFC 6716): one encoder and one decoder in static memory, fed through two static buffers.
 * A state holds no pointers into itself, so callers may copy it away and back: that is how many share this one. No allocation.
 */
#include "opus.h"

#define EXPORT(name) __attribute__((export_name(#name)))

enum {
  RATE_HZ = 16000,
  /* A packet is 120 ms at most (RFC 6716 §3.4 R5), a frame of it 1275 bytes, and we take no packet above 1500 in. */
  MOST_SAMPLES = RATE_HZ * 120 / 1000,
  MOST_BYTES = 1500,
  MOST_ENCODER = 65536,
  MOST_DECODER = 32768
};

static _Alignas(16) unsigned char encoder[MOST_ENCODER];
static _Alignas(16) unsigned char decoder[MOST_DECODER];
static _Alignas(16) opus_int16 pcm[MOST_SAMPLES];
static _Alignas(16) unsigned char packet[MOST_BYTES];

EXPORT(encoderAt) void *encoder_at(void) { return encoder; }
EXPORT(decoderAt) void *decoder_at(void) { return decoder; }
EXPORT(pcmAt) void *pcm_at(void) { return pcm; }
EXPORT(packetAt) void *packet_at(void) { return packet; }
EXPORT(encoderBytes) int encoder_bytes(void) { return opus_encoder_get_size(1); }
EXPORT(decoderBytes) int decoder_bytes(void) { return opus_decoder_get_size(1); }

/* Below 0: an error of libopus. */
EXPORT(encoderInit) int encoder_init(void) {
  if (encoder_bytes() > MOST_ENCODER) return OPUS_ALLOC_FAIL;
  return opus_encoder_init((OpusEncoder *)encoder, RATE_HZ, 1, OPUS_APPLICATION_VOIP);
}

EXPORT(decoderInit) int decoder_init(void) {
  if (decoder_bytes() > MOST_DECODER) return OPUS_ALLOC_FAIL;
  return opus_decoder_init((OpusDecoder *)decoder, RATE_HZ, 1);
}

/* A request of opus_defines.h that takes a number. */
EXPORT(encoderSet) int encoder_set(int request, int value) {
  return opus_encoder_ctl((OpusEncoder *)encoder, request, value);
}

EXPORT(encoderReset) int encoder_reset(void) { return opus_encoder_ctl((OpusEncoder *)encoder, OPUS_RESET_STATE); }
EXPORT(decoderReset) int decoder_reset(void) { return opus_decoder_ctl((OpusDecoder *)decoder, OPUS_RESET_STATE); }

/* pcm to packet; returns the bytes. */
EXPORT(encode) int encode(int samples, int most_bytes) {
  if (samples < 0 || samples > MOST_SAMPLES || most_bytes > MOST_BYTES) return OPUS_BAD_ARG;
  return opus_encode((OpusEncoder *)encoder, pcm, samples, packet, most_bytes);
}

/* packet to pcm; returns the samples. No bytes: the packet is lost, `samples` are made up. */
EXPORT(decode) int decode(int bytes, int samples, int from_next) {
  if (samples < 0 || samples > MOST_SAMPLES || bytes < 0 || bytes > MOST_BYTES) return OPUS_BAD_ARG;
  return opus_decode((OpusDecoder *)decoder, bytes > 0 ? packet : 0, bytes, pcm, samples, from_next);
}
