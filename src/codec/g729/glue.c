/* What the phone calls of bcg729: one channel in each instance, sound and bits in fixed places (RFC 3551 section 4.5.6). */
#include <stdint.h>
#include "bcg729/decoder.h"
#include "bcg729/encoder.h"

#define EXPORT(name) __attribute__((export_name(name)))

static int16_t pcm[80];
static uint8_t bits[10];
static bcg729EncoderChannelContextStruct *encoder;
static bcg729DecoderChannelContextStruct *decoder;

EXPORT("pcmAt") int16_t *pcm_at(void) { return pcm; }
EXPORT("bitsAt") uint8_t *bits_at(void) { return bits; }

/* Begins anew; pauses become short frames and silence where `annexB` is not 0. */
EXPORT("startEncoder") void start_encoder(int annexB)
{
  if (encoder != 0) closeBcg729EncoderChannel(encoder);
  encoder = initBcg729EncoderChannel((uint8_t)annexB);
}

EXPORT("startDecoder") void start_decoder(void)
{
  if (decoder != 0) closeBcg729DecoderChannel(decoder);
  decoder = initBcg729DecoderChannel();
}

/* Returns the bytes of 10 ms: 10, or 2 or 0 in a pause. */
EXPORT("encode") int encode(void)
{
  uint8_t size = 0;
  bcg729Encoder(encoder, pcm, bits, &size);
  return size;
}

/* `size` is 10, 2, or 0 for a frame that did not come. */
EXPORT("decode") void decode(int size)
{
  bcg729Decoder(decoder, bits, (uint8_t)size, size == 0, size == 2, 0, pcm);
}
