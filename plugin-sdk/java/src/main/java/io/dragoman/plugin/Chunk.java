package io.dragoman.plugin;

/** A piece of a response's body on its way to the client. What a handler leaves in it goes on. */
public final class Chunk {
  private byte[] data;
  private boolean isLast;
  private boolean isChanged;

  /**
   * @param data the bytes; may be empty
   * @param isLast is it the end of the body?
   */
  public Chunk(byte[] data, boolean isLast) {
    this.data = data;
    this.isLast = isLast;
  }

  /**
   * The bytes. Change them with {@link #setData}, not in place.
   *
   * @return up to 64 KiB
   */
  public byte[] data() {
    return data;
  }

  /**
   * @return is it the end of the body?
   */
  public boolean isLast() {
    return isLast;
  }

  /**
   * Put other bytes in their place; none at all swallows the piece.
   *
   * @param newData the bytes that go on
   */
  public void setData(byte[] newData) {
    data = newData;
    isChanged = true;
  }

  /** End the body here: what the Service still sends is dropped. */
  public void end() {
    isChanged |= !isLast;
    isLast = true;
  }

  /**
   * @return has a handler changed it?
   */
  public boolean isChanged() {
    return isChanged;
  }
}
