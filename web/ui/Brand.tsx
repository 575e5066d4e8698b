import type { ReactNode } from 'react';
import classes from './Brand.module.css';

/** The mark of the house: a sheet that ends in a tick. */
export function Mark({ size = 32 }: { readonly size?: number }): ReactNode {
  return (
    <svg viewBox="0 0 40 40" width={size} height={size} aria-hidden="true" focusable="false">
      <rect width="40" height="40" rx="9" fill="#a3231d" />
      <path
        d="M12 8h11l6 6v9M12 8v24"
        fill="none"
        stroke="#fff"
        strokeWidth="2.6"
        strokeLinejoin="round"
        strokeLinecap="round"
      />
      <path d="M22.6 8.4V15h6.2" fill="none" stroke="#fff" strokeWidth="2.2" strokeLinejoin="round" />
      <path
        d="m17 27 4.6 4.8L31 21.6"
        fill="none"
        stroke="#ffd34d"
        strokeWidth="3.2"
        strokeLinejoin="round"
        strokeLinecap="round"
      />
    </svg>
  );
}

const ring = (radius: number, count: number, draw: (angle: number, index: number) => ReactNode): ReactNode =>
  Array.from({ length: count }, (_, index) => (
    <g key={`${radius}-${index}`}>{draw((index * 360) / count, index)}</g>
  ));

/** The star and rings of the drum of Đông Sơn, as an ornament. */
export function Drum(): ReactNode {
  const star = Array.from({ length: 28 }, (_, index) => {
    const radius = index % 2 === 0 ? 92 : 26;
    const angle = ((index * 360) / 28 - 90) * (Math.PI / 180);
    return `${(Math.cos(angle) * radius).toFixed(1)},${(Math.sin(angle) * radius).toFixed(1)}`;
  }).join(' ');
  return (
    <svg className={classes.drum} viewBox="-300 -300 600 600" aria-hidden="true" focusable="false">
      <g fill="none" stroke="currentColor" strokeWidth="1.6">
        <polygon points={star} fill="currentColor" fillOpacity="0.22" />
        {[100, 108, 138, 146, 190, 198, 238, 246, 288, 296].map((radius) => (
          <circle key={radius} r={radius} />
        ))}
        {ring(123, 44, (angle) => (
          <circle r="7" cx="0" cy="-123" transform={`rotate(${angle})`} />
        ))}
        {ring(168, 36, (angle) => (
          <path d="M-9,-180 L0,-156 L9,-180" transform={`rotate(${angle})`} />
        ))}
        {ring(218, 18, (angle) => (
          <path
            d="M-26,-214 q10,-14 26,-8 l18,-8 -7,12 q-8,10 -20,8 l-8,10 -2,-10 z"
            transform={`rotate(${angle})`}
            fill="currentColor"
            fillOpacity="0.14"
          />
        ))}
        {ring(267, 90, (angle) => (
          <path d="M0,-252 L0,-282" transform={`rotate(${angle})`} />
        ))}
      </g>
    </svg>
  );
}
