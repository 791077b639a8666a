export function claimPorts(count: number): Promise<number[]>;
export function withPortBase<T>(use: (base: number) => Promise<T>): Promise<T>;
