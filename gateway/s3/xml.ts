/** Reading and writing the XML of the S3 API: one import for operations. */
export { parseXml, type XmlNode } from './xml-reader.ts';
export {
  element,
  encodeKey,
  escapeXml,
  openDocument,
  plainXmlDocument,
  S3_NAMESPACE,
  xmlDocument,
} from './xml-writer.ts';
