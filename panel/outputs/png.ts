/** Rows handed to the compressor at a time. */
const BAND = 64;

/**
 * A PNG of 8-bit samples, written band by band through the page's own compressor, off the main thread: neither a canvas
 * of the whole picture nor a second copy of it is made (PNG specification, third edition; filter type 0).
 * @param channels 1: grey. 4: RGBA with straight alpha.
 * @param rows fills `into` (zeroed, `count * width * channels` bytes) with rows y..y+count.
 */
export async function encodePng(
  width: number,
  height: number,
  channels: 1 | 4,
  rows: (y: number, count: number, into: Uint8Array) => void | Promise<void>,
): Promise<Uint8Array> {
  const compressor = new CompressionStream("deflate");
  const packed = new Response(compressor.readable).arrayBuffer();
  const writer = compressor.writable.getWriter();
  const stride = width * channels;
  for (let y = 0; y < height; y += BAND) {
    const count = Math.min(BAND, height - y);
    const band = new Uint8Array(count * stride);
    await rows(y, count, band);
    const filtered = new Uint8Array(count * (stride + 1));
    for (let row = 0; row < count; row++)
      filtered.set(band.subarray(row * stride, (row + 1) * stride), row * (stride + 1) + 1);
    await writer.write(filtered);
  }
  await writer.close();
  const header = new Uint8Array(13);
  const view = new DataView(header.buffer);
  view.setUint32(0, width);
  view.setUint32(4, height);
  header.set([8, channels === 1 ? 0 : 6, 0, 0, 0], 8);
  const signature = Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a);
  return join([
    signature,
    chunk("IHDR", header),
    chunk("IDAT", new Uint8Array(await packed)),
    chunk("IEND", new Uint8Array()),
  ]);
}

function chunk(name: string, data: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(data.length + 12);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, data.length);
  for (let i = 0; i < 4; i++) bytes[4 + i] = name.charCodeAt(i);
  bytes.set(data, 8);
  view.setUint32(8 + data.length, crc32(bytes.subarray(4, 8 + data.length)));
  return bytes;
}

const CRC_TABLE = Uint32Array.from({ length: 256 }, (_, n) => {
  let c = n;
  for (let k = 0; k < 8; k++) c = c & 1 ? 0xedb88320 ^ (c >>> 1) : c >>> 1;
  return c >>> 0;
});

function crc32(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (let i = 0; i < bytes.length; i++) crc = CRC_TABLE[(crc ^ bytes[i]) & 0xff] ^ (crc >>> 8);
  return (crc ^ 0xffffffff) >>> 0;
}

function join(parts: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}
