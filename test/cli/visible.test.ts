import test from 'ava';
import {facts, table} from '#cli/table';
import {visible, visibleLine} from '#cli/visible';

test('what would move the cursor or turn the writing is shown as what it is', t => {
	t.is(visible('a\u001b[31mb\u009bc\rd'), 'a\\u001b[31mb\\u009bc\\u000dd');
	t.is(visible('photo\u202egpj.exe'), 'photo\\u202egpj.exe');
	t.is(visible('two\nlines\tof über 🏔 text'), 'two\nlines\tof über 🏔 text');
	t.is(visibleLine('two\nlines'), 'two\\u000alines');
});

test('a name in a table is one line of it', t => {
	t.is(table(['name', '>size'], [['a\nb', '1']]), 'name      size\na\\u000ab     1');
	t.is(facts([['what', 'a\nb']]), 'what  a\\u000ab');
});
