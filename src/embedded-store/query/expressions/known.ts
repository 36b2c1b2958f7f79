/** Expressions of MongoDB 8.0 that the store does not have, so that the error can say so. */
export const knownExpressions: ReadonlySet<string> = new Set(
  [
    '$acos $acosh $asin $asinh $atan $atan2 $atanh $cos $cosh $sin $sinh $tan $tanh $degreesToRadians $radiansToDegrees',
    '$exp $ln $log $log10 $pow $sqrt $sampleRate $sigmoid $bitAnd $bitNot $bitOr $bitXor $binarySize $bsonSize',
    '$dateFromString $tsIncrement $tsSecond $toHashedIndexKey $toUUID',
    '$function $accumulator $meta $topN $top $bottom $bottomN $firstN $lastN',
    '$maxN $minN $median $percentile $stdDevPop $stdDevSamp $regexFind $regexFindAll',
    '$indexOfBytes $linearFill $locf $rank $denseRank $derivative $integral $shift $expMovingAvg $covariancePop',
    '$covarianceSamp $documentNumber $createObjectId',
  ].flatMap((line) => line.split(' ')),
);
