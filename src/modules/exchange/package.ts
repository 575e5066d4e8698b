import type { Organisation } from '#directory';
import { readPackage as parsePackage, writeEdoc, writeStatus, type EdocMessage, type EdxmlPackage } from '#formats/edxml';
import { vietnamDate, type OrgId, type Unit } from '#kernel';
import { refuse } from './refusals.ts';
import { exact, yearOf, type ResponseFor } from './resolve.ts';
import { inboxById, type Fault, type Staff } from './store.ts';
