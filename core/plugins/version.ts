/** The version that all bundled plugins report: that of the Kong whose behaviour they have. */
export const BUNDLED_VERSION = "3.9.1";
