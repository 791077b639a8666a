package io.dragoman.plugin.internal.event;

/**
 * What the gateway says of itself in its Hello.
 *
 * @param frameBytesMax longest frame that it takes, in bytes
 * @param wantsReads does it want to know what plugins read?
 */
public record Gateway(
    String nodeId,
    String hostname,
    String version,
    int versionNum,
    int frameBytesMax,
    boolean wantsReads) {}
