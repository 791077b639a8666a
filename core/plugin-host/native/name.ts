/** Name of the native protocol in settings and in the answer of a query command. */
export const NATIVE_1 = "Dragoman:1";
