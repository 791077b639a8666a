export declare function isGone(pid: number): boolean;
export declare function isListening(path: string): Promise<boolean>;
