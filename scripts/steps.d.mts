export const isCi: boolean;
