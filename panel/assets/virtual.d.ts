/** Given by the build: the bundled engine worker as the text of a classic script. */
declare module "masksmith:engine-worker" {
  const source: string;
  // biome-ignore lint/style/noDefaultExport: the shape of a text import
  export default source;
}
