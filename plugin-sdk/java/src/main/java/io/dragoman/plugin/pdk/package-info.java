/**
 * The PDK: everything that a handler can read, write and ask, in Kong's namespaces.
 *
 * <p>What the event brought along is read without the gateway; what gives nothing is written down
 * and done with the answer; the rest asks the gateway, which the documentation of each function
 * says, and which costs a round trip. null is Lua's nil. A function called in a phase in which Kong
 * refuses it ends the handler with {@link io.dragoman.plugin.EventOver}.
 */
package io.dragoman.plugin.pdk;
