/** Names of ETSI EN 319 162-1. */
export const asicMimeTypes = {
  'asic-s': 'application/vnd.etsi.asic-s+zip',
  'asic-e': 'application/vnd.etsi.asic-e+zip',
} as const;
export const asicNamespace = 'http://uri.etsi.org/02918/v1.2.1#';
export const mimetypeName = 'mimetype';
export const metaFolder = 'META-INF/';

/** XAdES: `META-INF/*signatures*.xml`; CAdES: `META-INF/*signature*.p7s` (§4.4.3, §4.4.4). */
export const isXadesName = (name: string): boolean => /^META-INF\/[^/]*signatures[^/]*\.xml$/i.test(name);
export const isCadesName = (name: string): boolean => /^META-INF\/[^/]*signature[^/]*\.p7s$/i.test(name);
export const isManifestName = (name: string): boolean =>
  /^META-INF\/[^/]*ASiCManifest[^/]*\.xml$/i.test(name);

/** A file name as a URI reference, each part of the path escaped. */
export const uriOfName = (name: string): string => name.split('/').map(encodeURIComponent).join('/');

/** The file name in a URI reference of the container; undefined when it leads elsewhere. */
export function nameOfUri(uri: string): string | undefined {
  if (uri === '' || /^[a-z][a-z0-9+.-]*:|^[/#]|[?#]/i.test(uri)) return undefined;
  try {
    return decodeURIComponent(uri);
  } catch {
    return undefined;
  }
}
