import test from 'ava';
import {tablesInRoot} from '#ledger/main-chain/state-root';
import {tableNames} from '#ledger/state/tables';

test('no table is left out of the state root, and none is in it twice', t => {
	// Those of withdrawals are leaves of the payout tree, whose root is in the state root.
	t.deepEqual([...tablesInRoot, 'withdrawals'].sort(), tableNames.toSorted());
});
