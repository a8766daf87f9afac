/** Style sheets are bundled by being imported for their effect. */
declare module '*.css';
