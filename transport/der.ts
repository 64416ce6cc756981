/** As much of ASN.1 DER (X.690) as a certificate of one Ed25519 key takes. */
import {concat} from '#kernel/bytes';

const lengthBytes = (length: number): Uint8Array => {
	if (length < 0x80) return Uint8Array.of(length);
	if (length < 0x1_00) return Uint8Array.of(0x81, length);
	return Uint8Array.of(0x82, length >> 8, length & 0xff);
};

const item = (tag: number, content: Uint8Array): Uint8Array =>
	concat(Uint8Array.of(tag), lengthBytes(content.length), content);

export const sequence = (...items: readonly Uint8Array[]): Uint8Array => item(0x30, concat(...items));
export const set = (...items: readonly Uint8Array[]): Uint8Array => item(0x31, concat(...items));

/** A non-negative integer, big-endian; it gets a zero byte where its top bit would make it negative. */
export const integer = (value: Uint8Array): Uint8Array =>
	item(0x02, (value[0] as number) < 0x80 ? value : concat(Uint8Array.of(0), value));

export const octetString = (content: Uint8Array): Uint8Array => item(0x04, content);
/** Whole bytes only. */
export const bitString = (content: Uint8Array): Uint8Array => item(0x03, concat(Uint8Array.of(0), content));

const ascii = (text: string): Uint8Array => Uint8Array.from(text, character => character.charCodeAt(0));
export const utf8String = (text: string): Uint8Array => item(0x0c, ascii(text));
/** `YYYYMMDDHHMMSSZ`. */
export const generalizedTime = (text: string): Uint8Array => item(0x18, ascii(text));
export const utcTime = (text: string): Uint8Array => item(0x17, ascii(text));

/** `content` is the encoded identifier (X.690 section 8.19). */
export const objectIdentifier = (...content: readonly number[]): Uint8Array =>
	item(0x06, Uint8Array.from(content));

/** [number] EXPLICIT. */
export const explicit = (number: number, content: Uint8Array): Uint8Array => item(0xa0 | number, content);
