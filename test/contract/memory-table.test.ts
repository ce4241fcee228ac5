import { createMemoryTable } from '../support/memory/table.ts';
import { describeStoresOnTables } from './stores-on-tables.ts';
import { describeTable } from './table.contract.ts';

const table = () => createMemoryTable('table');

describeTable('memory tables', table);
describeStoresOnTables('memory tables', table);
