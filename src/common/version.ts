/** The same as in package.json, which is not beside every build; a test compares them. */
export const VERSION = '0.1.0';
