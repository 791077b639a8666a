/** What the checks look at: values as they were read, before defaults fill what is unset. */
import type { SettingName, SettingValues } from "../table.ts";

/** null: given as an empty text, or as a number that is none. */
export type GivenValues = { readonly [K in SettingName]: SettingValues[K] | null };

/** Adds a line to `errors` for each fault; Kong's words where Kong has some. */
export type Check = (values: GivenValues, errors: string[]) => void;
