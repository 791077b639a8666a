/** Which bytes may stand where in a head (RFC 9110 5.5 and 5.6.2, RFC 9112 3.2): tables by byte value. */

/** Names of headers, methods. */
export const TOKEN = new Uint8Array(256);
/** Values of headers: HTAB, SP, visible, obs-text. */
export const VALUE = new Uint8Array(256);
/** Request targets: visible and obs-text; what is not ASCII is escaped before it goes on. */
export const TARGET = new Uint8Array(256);
/** ASCII to lower case, `_` to `-`. */
export const FOLD = new Uint8Array(256);
/** Value of a hexadecimal digit, 255 for others. */
export const HEX = new Uint8Array(256).fill(255);

const TOKEN_TEXT = "!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
for (const c of TOKEN_TEXT) TOKEN[c.charCodeAt(0)] = 1;
for (let c = 32; c < 256; c++) if (c !== 127) VALUE[c] = 1;
VALUE[9] = 1;
for (let c = 33; c < 256; c++) if (c !== 127) TARGET[c] = 1;
for (let c = 0; c < 256; c++) FOLD[c] = c >= 65 && c <= 90 ? c + 32 : c === 95 ? 45 : c;
for (let d = 0; d < 10; d++) HEX[48 + d] = d;
for (let d = 10; d < 16; d++) HEX[55 + d] = HEX[87 + d] = d;

export const HTAB = 9;
export const LF = 10;
export const CR = 13;
export const SP = 32;
export const COLON = 58;
export const DEL = 127;
