/* SPDX-License-Identifier: BSD-2-Clause */
/* The built-in model of Conficker: learned from made-up telescopes (docs/twin.md), as the archive
 * can't travel. Whoever has the archive should learn one from it.
 *
 *   patientzero synth --out a --from 2008-11-20 --until 2008-11-22 --scale 0.1 --background 0.01 --seed 101
 *   patientzero synth --out b --from 2008-11-19 --until 2008-11-20 --scale 0.1 --background 0.01 --noise 8 --seed 202
 *   patientzero scan a b --store s
 *   patientzero calibrate a b --store s --others 2008-11-19/2008-11-20 --worms 2008-11-21/2008-11-22 --out model
 *
 * Sweepers of low last octets, of low octets throughout, and of any part aren't among its others: 4 %, 1 % and 0.2 %
 * are assumed of every kind, that 5 % of the worm's sources have a strange stack, and that 10 % of the others are
 * Windows' stacks of one SYN an attempt (other1), of which there are hardly any on the telescope above. The ratios are
 * wide, as telescopes differ in them: 0.03 and 0.15 of sources, 0.32 and 0.48
 * of scans on two that were made up by different people.
 */
#include "worm/conficker.h"

const char pz_conficker_model[] =
    "patientzero model 3\n"
    "worm.patterns 0.243904 0.755482 0.000306748 0.000306748\n"
    "worm.spread 8\n"
    "worm.length 0.000306843 0.000306843 0.999386\n"
    "worm.ttl 0.000306843 0.000306843 0.999386\n"
    "worm.port 0.000306843 0.027309 0.972384\n"
    "worm.ip_id 0.000306748 0.000306748 0.99908 0.000306748\n"
    "worm.strange 0.05\n"
    "other0.patterns 0.964649 0.00179666 0.000425456 0.0331294\n"
    "other0.spread 8\n"
    "other0.length 0.999835 8.25409e-05 8.25409e-05\n"
    "other0.ttl 0.998984 0.0003264 0.000689668\n"
    "other0.port 0.30691 0.691524 0.00156693\n"
    "other0.ip_id 0.104148 8.2534e-05 8.2534e-05 0.895687\n"
    "other0.weights 0.192135 0.0411887 0.0688039 0.012748 0.003187 0.000637399\n"
    "other1.patterns 0.954436 0.0151898 0.0151796 0.0151944\n"
    "other1.spread 8\n"
    "other1.length 0.0164438 0.015413 0.968143\n"
    "other1.ttl 0.0156543 0.0154189 0.968927\n"
    "other1.port 0.0161875 0.0154189 0.968394\n"
    "other1.ip_id 0.015176 0.0151701 0.0152805 0.954373\n"
    "other1.weights 0.0687828 0.0128269 0.0131903 0.004 0.000999998 0.0002\n"
    "other2.patterns 0.111045 0.887964 0.00049537 0.000495507\n"
    "other2.spread 8\n"
    "other2.length 0.999009 0.000495616 0.000495616\n"
    "other2.ttl 0.000535235 0.00546257 0.994002\n"
    "other2.port 0.998988 0.000516681 0.000495616\n"
    "other2.ip_id 0.99822 0.00049537 0.00049537 0.000789224\n"
    "other2.weights 0.0502653 2.5764e-05 2.57537e-05 0.00212307 0.000530769 0.000106154\n"
    "other3.patterns 0.110007 0.888742 0.000279303 0.000971579\n"
    "other3.spread 8\n"
    "other3.length 0.000207829 0.000207845 0.999584\n"
    "other3.ttl 0.000207829 0.000207829 0.999584\n"
    "other3.port 0.000207829 0.000207845 0.999584\n"
    "other3.ip_id 0.000207785 0.000207785 0.999347 0.000237535\n"
    "other3.weights 0.119941 2.59425e-05 2.59175e-05 0.00506296 0.00126575 0.000253148\n"
    "other4.patterns 0.329786 0.640952 0.0118734 0.0173889\n"
    "other4.spread 8\n"
    "other4.length 0.136506 0.853741 0.00975303\n"
    "other4.ttl 0.00974598 0.684602 0.305652\n"
    "other4.port 0.0099695 0.980277 0.00975303\n"
    "other4.ip_id 0.135185 0.288217 0.566944 0.00965517\n"
    "other4.weights 0.00250704 2.49416e-05 2.70936e-05 0.000107978 2.69944e-05 5.39889e-06\n"
    "other5.patterns 0.2257 0.0892457 0.0887803 0.596274\n"
    "other5.spread 8\n"
    "other5.length 0.010509 0.978984 0.0105069\n"
    "other5.ttl 0.0105089 0.814696 0.174796\n"
    "other5.port 0.010509 0.978984 0.0105069\n"
    "other5.ip_id 0.0103996 0.34158 0.637624 0.0103969\n"
    "other5.weights 0.00168867 0.000342243 0.000342746 0.000100154 2.50386e-05 5.00773e-06\n"
    "other6.patterns 0.810099 0.029916 0.0211864 0.138798\n"
    "other6.spread 8\n"
    "other6.length 0.00696224 0.986199 0.00683877\n"
    "other6.ttl 0.00684078 0.98632 0.0068388\n"
    "other6.port 0.00684078 0.98632 0.00683877\n"
    "other6.ip_id 0.00691495 0.015495 0.970798 0.00679232\n"
    "other6.weights 0.00235715 0.000204976 0.00108442 0.000153862 3.84656e-05 7.69312e-06\n"
    "other7.patterns 0.0109108 0.0545178 0.10955 0.825021\n"
    "other7.spread 8\n"
    "other7.length 6.7004e-05 6.7004e-05 0.999866\n"
    "other7.ttl 6.7004e-05 6.7004e-05 0.999866\n"
    "other7.port 6.7004e-05 6.7004e-05 0.999866\n"
    "other7.ip_id 6.69995e-05 6.69995e-05 0.999798 6.78212e-05\n"
    "other7.weights 0.249496 0.121202 0.00148599 0.015704 0.003926 0.000785199\n"
    "scan_ratio 0.4 22 0.1\n"
    "source_ratio 0.09 0.3 0.05\n"
    "mostly_ratio 0.01 0.1 0.01\n";
