export const open = {
  title: 'Not yet taken in',
  about: 'Documents sent or arrived that are not at an end. None ever drops off this list by itself.',
  lists: { sending: 'Sent', receiving: 'Arrived' },
  counts: (late: number, duty: number) =>
    late + duty === 0 ? 'Nothing is late.' : `${late} late, ${duty} to be called about.`,
  party: { sending: 'Recipient', receiving: 'Sender' },
  waits: 'Waits for',
  waitsFor: {
    ourselves: 'Us: the axis refused the package',
    axis: 'The axis to accept it',
    'receiver-system': "The recipient's system to fetch it",
    'receiver-clerk': "The recipient's clerk to take it in",
    'recall-answer': 'The recipient to answer the recall',
  },
  ourClerk: 'Our clerk to take it in or return it',
  stage: { open: 'In time', duty: 'Call the duty officer', late: 'Late', watch: 'Late, on the watch board' },
  age: 'Open for',
  due: 'Due',
  ageOf: (minutes: number) =>
    minutes < 60 ? `${minutes} min` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`,
  ageNote: 'Counted in working time; express mail counts around the clock.',
  empty: {
    sending: 'Everything that was sent is at an end.',
    receiving: 'Nothing that arrived waits to be taken in.',
  },
  emptyNext: 'What is sent stays here until its recipient takes it in, refuses it or agrees to its recall.',
};
