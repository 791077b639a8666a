/** Methods that every Buffer of Node has and that its types leave out: they cost less than `toString` with a name. */
interface Buffer {
  latin1Slice(start?: number, end?: number): string;
  utf8Slice(start?: number, end?: number): string;
}
